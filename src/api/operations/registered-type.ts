import type { Connector } from "../../sdk/connector.ts";
import type { Call } from "../context.ts";

/** The connector of the catalogue that stands for all registered ones. */
export function registeredType({ connectors }: Pick<Call, "connectors">): Connector {
  const connector = connectors.find(({ registered }) => registered === true);
  if (connector === undefined) throw new Error("The catalogue has no connector that stands for registered ones.");
  return connector;
}
