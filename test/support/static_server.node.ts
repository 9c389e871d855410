// Serves a folder over http on a free port of this machine, as any static server would.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
};

export interface StaticServer {
  /** Without a slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

/** What isolates a page from others, so that it gets shared memory. */
export const isolation = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
} as const;

/** `folder` appears under `/some/path`, so that a page with absolute links fails. `headers` go with each file. */
export async function serve(
  folder: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<StaticServer> {
  const prefix = "/some/path";
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const path = pathname.startsWith(`${prefix}/`) ? pathname.slice(prefix.length) : "/nowhere";
    readFile(join(folder, normalize(path.endsWith("/") ? `${path}index.html` : path))).then(
      (bytes) => {
        const type = types[extname(path.endsWith("/") ? ".html" : path)] ?? "application/octet-stream";
        const contentType = path.endsWith("/") ? types[".html"] : type;
        response.writeHead(200, { ...headers, "content-type": contentType }).end(bytes);
      },
      () => response.writeHead(404).end("not found"),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${prefix}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
