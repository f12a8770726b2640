import { ConnectorError, show } from "#sdk";
import type { JsonObject, Problem } from "#sdk";

/** What `object` names: a property's reports, or what happens in it at this moment. */
export interface Report {
  /** `properties/123456789`. */
  readonly property: string;
  readonly isRealtime: boolean;
}

export function reportOf(name: string): Report | undefined {
  const [, property, realtime] = /^(properties\/\d{1,20})(\/realtime)?$/i.exec(name) ?? [];
  return property === undefined ? undefined : { property: property.toLowerCase(), isRealtime: realtime !== undefined };
}

export function requireReport({ object }: JsonObject): Report {
  const report = typeof object === "string" ? reportOf(object) : undefined;
  if (report !== undefined) return report;
  const message =
    `${show(object ?? "")} is no property of Google Analytics 4. Views of Universal Analytics do not answer any more: Google ` +
    `closed it on 1 July 2024 — ${REMEDY}`;
  throw new ConnectorError("InvalidArgument", message);
}

const REMEDY = "name a property, as properties/123456789";

/**
 * Properties and views of Universal Analytics, whose API Google has closed:
 * https://support.google.com/analytics/answer/11583528
 */
const CLOSED = /^(UA-\d+-\d+|ga:\d+)$/i;

/** Other names are kept, as AppFlow keeps them: their runs fail, and say why. */
export function checkObject({ object }: JsonObject): readonly Problem[] {
  if (typeof object !== "string" || !CLOSED.test(object)) return [];
  return [
    {
      path: "object",
      message: `${show(object)} is of Universal Analytics, which has no data since Google closed it on 1 July 2024`,
      remedy: "name a Google Analytics 4 property, as properties/123456789",
    },
  ];
}
