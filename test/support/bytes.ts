// Fixture files by their path in the repository, in Node and in the browser alike.

// A name of its own: Vite would turn `new URL(…, import.meta.url)` into a list of assets.
const here = import.meta.url;

/** The bytes of a file, such as `readBytes("data/digits/digits.safetensors")`. Rejects where it is missing. */
export async function readBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const url = new URL(`../../${path}`, here);
  if (url.protocol === "file:") {
    const { readFile } = await import("node:fs/promises");
    return Uint8Array.from(await readFile(url));
  }
  const response = await fetch(url);
  // The server answers an unknown path with its own page.
  if (!response.ok || response.headers.get("content-type")?.startsWith("text/html"))
    throw new Error(`readBytes: ${path} is not in the repository (status ${response.status}).`);
  return new Uint8Array(await response.arrayBuffer());
}

/** The parsed content of a JSON file; the caller says what it is. */
export async function readJson<Content>(path: string): Promise<Content> {
  return JSON.parse(new TextDecoder().decode(await readBytes(path))) as Content;
}
