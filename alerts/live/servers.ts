// Prometheus and Alertmanager, asked over HTTP.
const timeoutMs = 30_000;

async function ask(url: string, init: RequestInit = {}): Promise<Response> {
  try {
    return await fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) });
  } catch (error) {
    throw new ServerSilent(`${url} does not answer: ${(error as Error).message}`);
  }
}

/** Neither a drift nor the absence of one: nobody could be asked. */
class ServerSilent extends Error {
  override readonly name = 'UsageError';
}

export async function readJson<T>(url: string): Promise<T> {
  const response = await ask(url);
  if (!response.ok) throw new ServerSilent(`${url} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}

/** Null = taken; otherwise what the server says is wrong with its configuration. */
export async function reload(url: string): Promise<string | null> {
  const response = await ask(`${url}/-/reload`, { method: 'POST' });
  return response.ok ? null : (await response.text()).trim();
}
