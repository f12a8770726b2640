import { AppflowClient, type ListFlowsCommand } from "@aws-sdk/client-appflow";
import type { SignedRequest } from "../../src/api/authenticate.ts";
import type { AccessKey } from "../../src/api/key-store.ts";
import { PLACE } from "./test-app.ts";

interface SdkRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** What the official client would send for a command, signed; nothing is sent. */
export async function captureRequest(command: object, key: AccessKey): Promise<SignedRequest> {
  let captured: SdkRequest | undefined;
  const client = new AppflowClient({
    endpoint: "http://127.0.0.1:8787",
    region: PLACE.region,
    credentials: { accessKeyId: key.id, secretAccessKey: key.secret.reveal() },
    maxAttempts: 1,
    requestHandler: {
      handle(request: SdkRequest) {
        captured = request;
        return Promise.reject(new Error("captured"));
      },
    } as never,
  });
  await client.send(command as ListFlowsCommand).catch(() => undefined);
  if (captured === undefined) throw new Error("The client sent nothing.");
  return signedRequestOf(captured);
}

function signedRequestOf({ method, protocol, hostname, port, path, query = {}, headers, body }: SdkRequest) {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    [value ?? ""].flat().map((each: string) => `${encodeURIComponent(name)}=${encodeURIComponent(each)}`),
  );
  const search = pairs.length === 0 ? "" : `?${pairs.join("&")}`;
  return {
    method,
    url: new URL(`${protocol}//${hostname}:${port}${path}${search}`),
    headers: new Headers(headers),
    body: typeof body === "string" ? Buffer.from(body) : new Uint8Array(body ?? []),
  };
}
