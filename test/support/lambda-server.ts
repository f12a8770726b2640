import { buffer } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import type { JsonObject } from "../../src/sdk/json.ts";
import { startServer, type TestServer } from "./http-server.ts";

/** What a function does with a request: it answers, it fails, or Lambda refuses to call it. */
export type FunctionOutcome =
  | { readonly answer: unknown }
  /** The text of an answer that is no JSON. */
  | { readonly text: string }
  | { readonly error: { readonly errorType: string; readonly errorMessage: string } }
  | { readonly refused: { readonly status: number; readonly name: string } }
  | { readonly silentForMs: number };

export interface LambdaServer extends TestServer {
  /** What the functions were asked, in order. */
  readonly requests: readonly JsonObject[];
}

/** A server that speaks Lambda's Invoke: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
export async function startLambdaServer(
  invoke: (request: JsonObject, lambdaArn: string) => FunctionOutcome,
): Promise<LambdaServer> {
  const requests: JsonObject[] = [];
  const server = await startServer((request, response) => {
    void (async () => {
      const path = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(request.url ?? "");
      const payload = JSON.parse((await buffer(request)).toString()) as JsonObject;
      const arn = decodeURIComponent(path?.[1] ?? "");
      if (request.method !== "POST" || path === null || !request.headers.authorization?.includes("/lambda/")) {
        response.writeHead(400).end();
        return;
      }
      requests.push(payload);
      const outcome = invoke(payload, arn);
      if ("silentForMs" in outcome) await setTimeout(outcome.silentForMs);
      else if ("refused" in outcome) {
        const { status, name } = outcome.refused;
        response
          .writeHead(status, { "x-amzn-ErrorType": name })
          .end(JSON.stringify({ Message: `${name} of the test` }));
      } else if ("error" in outcome) {
        response.writeHead(200, { "X-Amz-Function-Error": "Unhandled" }).end(JSON.stringify(outcome.error));
      } else if ("text" in outcome) response.writeHead(200).end(outcome.text);
      else response.writeHead(200).end(JSON.stringify(outcome.answer));
    })();
  });
  return Object.assign(server, { requests });
}
