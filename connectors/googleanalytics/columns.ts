import { ConnectorError } from "#sdk";
import type { Connection, JsonObject } from "#sdk";
import { get } from "./client.ts";
import type { Report } from "./report.ts";

/** A dimension or metric, as Google tells of it. */
export interface Known {
  readonly name: string;
  readonly label: string;
  readonly description?: string;
  readonly kind: "dimension" | "metric";
  /** Of a metric: `TYPE_INTEGER`, for example. */
  readonly type: string;
  readonly formerly: readonly string[];
}

/** A field of a flow, and what Google knows it by. A plain JSON value: it is stored. */
export type Column = { readonly field: string; readonly name: string; readonly kind: "dimension" | "metric" };

/** https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/properties/runReport and .../runRealtimeReport */
const MOST = { dimensions: 9, realtimeDimensions: 4, metrics: 10 };

export async function knownOf(connection: Connection, { property, isRealtime }: Report): Promise<readonly Known[]> {
  if (isRealtime) return REALTIME;
  const body = await get(connection, `/v1beta/${property}/metadata`);
  return (["dimension", "metric"] as const).flatMap((kind) => {
    const found = (body.member(`${kind}s`) ?? []) as readonly JsonObject[];
    return found.map((each): Known => {
      const { apiName, uiName, description, type, deprecatedApiNames } = each as {
        readonly apiName: string;
        readonly uiName?: string;
        readonly description?: string;
        readonly type?: string;
        readonly deprecatedApiNames?: readonly string[];
      };
      return {
        name: apiName,
        label: typeof uiName === "string" ? uiName : apiName,
        ...(typeof description === "string" && { description }),
        kind,
        type: type ?? "string",
        formerly: deprecatedApiNames ?? [],
      };
    });
  });
}

/** No request tells of them: https://developers.google.com/analytics/devguides/reporting/data/v1/realtime-api-schema */
const REALTIME: readonly Known[] = [
  ...[
    "appVersion",
    "audienceId",
    "audienceName",
    "city",
    "cityId",
    "country",
    "countryId",
    "deviceCategory",
    "eventName",
    "minutesAgo",
    "platform",
    "streamId",
    "streamName",
    "unifiedScreenName",
  ].map((name): Known => ({ name, label: name, kind: "dimension", type: "string", formerly: [] })),
  ...["activeUsers", "eventCount", "keyEvents", "screenPageViews"].map((name): Known => {
    return {
      name,
      label: name,
      kind: "metric",
      type: "TYPE_INTEGER",
      formerly: name === "keyEvents" ? ["conversions"] : [],
    };
  }),
];

/** What Universal Analytics called things that have not changed their meaning. */
const OF_UNIVERSAL: ReadonlyMap<string, string> = new Map([
  ["date", "date"],
  ["country", "country"],
  ["sessions", "sessions"],
  ["users", "totalUsers"],
  ["pageviews", "screenPageViews"],
  ["source", "sessionSource"],
  ["medium", "sessionMedium"],
  ["pagePath", "pagePath"],
]);

/**
 * What the fields of a flow are in Google Analytics. Fails with `InvalidArgument`, naming all that there is not, and where
 * there are more than a report may have.
 */
export function columnsOf(
  fields: readonly string[],
  known: readonly Known[],
  { property, isRealtime }: Report,
): readonly Column[] {
  const names = new Map(known.flatMap((each) => [each.name, ...each.formerly].map((name) => [name, each] as const)));
  const columns = fields.map((field) => ({ field, found: names.get(nameIn(field) ?? "") }));
  const missing = columns.flatMap(({ field, found }) => (found === undefined ? [`\`${field}\``] : []));
  if (missing.length > 0) {
    const isOld = fields.some((field) => field.startsWith("ga:"));
    const why = isOld ? " Google Analytics 4 has no counterpart for other names that begin with ga:." : "";
    throw invalid(
      `${missing.join(", ")}: ${property} has no such dimension or metric.${why} — describe the entity to see all`,
    );
  }
  const found = columns.map(({ field, found: each }): Column => ({ field, name: each!.name, kind: each!.kind }));
  const [dimensions, metrics] = [namesOf(found, "dimension"), namesOf(found, "metric")];
  const most = isRealtime ? MOST.realtimeDimensions : MOST.dimensions;
  if (dimensions.length > most || metrics.length > MOST.metrics) {
    const has = `${dimensions.length} dimensions and ${metrics.length} metrics`;
    throw invalid(
      `A report of ${property} has ${most} dimensions and ${MOST.metrics} metrics at most, not ${has} — map fewer fields`,
    );
  }
  return found;
}

/** `ga:date|DIMENSION`, `Dimension:city` and `Metrics:eventCount` are spellings of AppFlow's. */
function nameIn(field: string): string | undefined {
  const name = field.replace(/\|(DIMENSION|METRIC)$/i, "").replace(/^(Dimensions?|Metrics?):/, "");
  return name.startsWith("ga:") ? OF_UNIVERSAL.get(name.slice(3)) : name;
}

/** Each once, in the order of the columns. */
export function namesOf(columns: readonly Column[], kind: Column["kind"]): readonly string[] {
  return [...new Set(columns.filter((column) => column.kind === kind).map(({ name }) => name))];
}

function invalid(message: string): ConnectorError {
  return new ConnectorError("InvalidArgument", message);
}
