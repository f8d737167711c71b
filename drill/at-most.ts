// Many things, but never more than so many at once.
export async function atMost<T>(
  atOnce: number,
  count: number,
  work: (at: number) => Promise<T>,
): Promise<T[]> {
  const results: T[] = new Array(count);
  let next = 0;
  const walk = async () => {
    for (let at = next++; at < count; at = next++) results[at] = await work(at);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, walk));
  return results;
}
