import { buffer } from "node:stream/consumers";
import { CONNECTION_OPERATIONS } from "../../src/api/operation-table.ts";
import { httpEvent } from "../lambda/http-events.ts";
import type { HttpHandler } from "../../src/lambda/http-event.ts";
import { startServer, type TestServer } from "./http-server.ts";

/** Which function answers what, as the routes of the stack say. */
export function routed(functions: { readonly api: HttpHandler; readonly connections: HttpHandler }): HttpHandler {
  const opens = new Set(CONNECTION_OPERATIONS.map(({ path }) => path));
  return (event) => (opens.has(event.rawPath) ? functions.connections : functions.api)(event);
}

/**
 * What API Gateway's HTTP API does before a function: makes an event of payload format 2.0 of each request, with the path
 * decoded, and gives back what the function answers. With `iam` the caller is the one that its IAM authorizer found.
 */
export function startHttpApi(handler: HttpHandler, { iam = false } = {}): Promise<TestServer> {
  return startServer((request, response) => {
    void (async () => {
      const { method = "", url = "/", headers } = request;
      const [path = "", query = ""] = url.split("?");
      const body = await buffer(request);
      const { requestContext } = httpEvent({});
      const { authorizer, ...context } = requestContext as typeof requestContext & { readonly authorizer: unknown };
      const event = httpEvent({
        method,
        rawPath: decodeURIComponent(path),
        rawQueryString: query,
        headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
        ...(body.length > 0 && { body: body.toString("base64"), isBase64Encoded: true }),
        requestContext: {
          ...context,
          ...(iam && { authorizer }),
          domainName: headers.host!,
          http: { ...context.http, method, path },
        },
      });
      const { statusCode = 500, headers: sent, body: text = "", isBase64Encoded = false } = await handler(event);
      response.writeHead(statusCode, sent as Record<string, string>);
      response.end(Buffer.from(text, isBase64Encoded ? "base64" : "utf8"));
    })().catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
}
