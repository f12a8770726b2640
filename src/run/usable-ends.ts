import type { Connector, FileDestination, ReadableSource } from "../sdk/connector.ts";

type Connectors = ReadonlyMap<string, Connector>;

/** A flow is kept, but this engine cannot carry it out. */
export class UnsupportedConnector extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UnsupportedConnector";
  }
}

/** The source of a connector. Fails with an `UnsupportedConnector` when this engine cannot read it. */
export function readableSource(connectors: Connectors, type: string): ReadableSource {
  const source = connectors.get(type)?.source;
  if (source?.read !== undefined) return source as ReadableSource;
  throw new UnsupportedConnector(`This engine keeps flows from ${labelOf(connectors, type)}, but it cannot read it.`);
}

/** The destination of a connector. Fails with an `UnsupportedConnector` when this engine cannot write to it. */
export function fileDestination(connectors: Connectors, type: string): FileDestination {
  const destination = connectors.get(type)?.destination;
  if (destination?.files !== undefined) return destination as FileDestination;
  throw new UnsupportedConnector(`This engine keeps flows to ${labelOf(connectors, type)}, but it cannot write to it.`);
}

function labelOf(connectors: Connectors, type: string): string {
  return connectors.get(type)?.label ?? type;
}
