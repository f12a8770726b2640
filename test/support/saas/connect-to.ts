import type { Connector, Session } from "../../../src/sdk/connector.ts";
import { Credentials } from "../../../src/sdk/credentials.ts";
import { createConnection } from "../../../src/sdk/http/create-connection.ts";
import type { Dispatch } from "../../../src/sdk/http/dispatch.ts";
import { Pacer } from "../../../src/sdk/http/pacer.ts";
import type { JsonObject } from "../../../src/sdk/json.ts";
import { createRedactor } from "../../../src/sdk/redact.ts";
import { MemoryObjectStore } from "../memory-object-store.ts";
import { VirtualTime } from "./virtual-time.ts";

export interface ConnectToOptions {
  readonly properties: JsonObject;
  readonly credentials: JsonObject;
  readonly send: Dispatch;
}

/** A session whose requests go where a test says, with credentials that stay as they are. */
export function connectTo(connector: Connector, { properties, credentials: json, send }: ConnectToOptions): Session {
  const sheet = connector.profile!.http!;
  const time = new VirtualTime();
  const { signal } = new AbortController();
  const credentials = new Credentials(json);
  const connection = createConnection({
    sheet,
    send,
    signal,
    now: time.now,
    wait: time.wait,
    deadline: Number.POSITIVE_INFINITY,
    chance: () => 0.5,
    pacer: new Pacer(sheet.limits ?? []),
    opening: { profile: { properties, credentials }, redact: createRedactor(credentials.all()) },
    renew: () => Promise.reject(new Error("These credentials stay.")),
  });
  return { objects: new MemoryObjectStore([]), connection, signal };
}
