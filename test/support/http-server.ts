import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";

export interface TestServer extends AsyncDisposable {
  /** For example `http://127.0.0.1:40123`. */
  readonly origin: string;
  readonly port: number;
  /** How many connections were made. */
  readonly connections: () => number;
}

/** A server on this machine, for one test. */
export async function startServer(listener: RequestListener, host = "127.0.0.1", port = 0): Promise<TestServer> {
  let connections = 0;
  const server = createServer(listener);
  server.on("connection", () => connections++);
  server.listen(port, host);
  await once(server, "listening");
  const address = server.address() as AddressInfo;
  return {
    origin: `http://${host.includes(":") ? `[${host}]` : host}:${address.port}`,
    port: address.port,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
