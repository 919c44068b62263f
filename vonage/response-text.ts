/**
 * The body of an answer as text, read to its end only while it has at most `mostBytes` and arrives within `withinMs`. Undefined:
 * it has more, takes longer or breaks off. Never throws.
 */
export async function readText(response: Response, mostBytes: number, withinMs: number): Promise<string | undefined> {
  const reader = response.body?.getReader();
  if (reader === undefined) return '';
  let whole = true;
  const stop = () => {
    whole = false;
    return reader.cancel().catch(() => undefined);
  };
  const timer = setTimeout(stop, withinMs);
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return whole ? Buffer.concat(chunks).toString('utf8') : undefined;
      chunks.push(value);
      size += value.byteLength;
      if (size > mostBytes) await stop();
    }
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
