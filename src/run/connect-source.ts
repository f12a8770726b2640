import type { Connect, ConnectionScope } from "../connection/open-connection.ts";
import type { Connector } from "../sdk/connector.ts";
import { type Connection, NO_CONNECTION } from "../sdk/http/connection.ts";
import { endOfTime } from "./run.ts";
import type { Run } from "./run.ts";

export interface ConnectionPorts {
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly connect: Connect;
}

/** What a run's source is read through. Fails with a `ConnectorError` where the profile opens nothing. */
export async function connectSource(
  run: Run,
  { connector, profile }: { readonly connector: string; readonly profile?: string | undefined },
  { connectors, connect }: ConnectionPorts,
  control: Pick<ConnectionScope, "signal" | "shouldStop">,
): Promise<Connection> {
  if (profile === undefined) return NO_CONNECTION;
  return connect(connectors.get(connector)!, profile, { ...control, deadline: endOfTime(run) });
}
