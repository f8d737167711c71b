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

/** A path of the caller's that leads nowhere. */
export class BadPath extends Error {
  override readonly name = 'UsageError';
}

export async function readText(url: string): Promise<string> {
  const response = await ask(url);
  const text = await response.text();
  if (!response.ok) throw new ServerSilent(`${url} answered ${response.status}: ${text}`);
  return text;
}

export async function readJson<T>(url: string): Promise<T> {
  const text = await readText(url);
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new ServerSilent(`${url} answered what is no JSON: is it the right server?`);
  }
}

/** The body of a success; what is refused is told in the server's words. */
export async function postJson<T>(url: string, body: unknown): Promise<T> {
  const response = await ask(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new ServerSilent(`${url} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}

/** Null = taken; otherwise what the server says is wrong with its configuration. */
export async function reload(url: string): Promise<string | null> {
  const response = await ask(`${url}/-/reload`, { method: 'POST' });
  return response.ok ? null : (await response.text()).trim();
}
