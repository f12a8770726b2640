import { ConnectorError, namedBy } from "#sdk";
import type { ReadableSource } from "#sdk";
import { DAY_MS, readToday } from "./days.ts";
import { describe, entities, fields } from "./entities.ts";
import { readRealtime, readReport } from "./read-report.ts";
import { checkObject, requireReport } from "./report.ts";
import { VERSION } from "./rows.ts";

/** For so long Google still counts what belongs to a day: https://support.google.com/analytics/answer/11198161 */
const LATE_DAYS = 3;

export const source: ReadableSource = {
  triggers: ["on-demand", "scheduled"],
  minimumMinutes: 1440,
  destinations: ["LookoutMetrics", "S3", "Upsolver", "CustomConnector"],
  check: checkObject,
  describeObject: namedBy("googleanalytics"),
  entities,
  describe,
  fields,

  incremental: {
    // Only days that are over: the numbers of today change by the hour.
    lagMs: DAY_MS,
    lookbackMs: LATE_DAYS * DAY_MS,
    clock: ({ connection }, settings) => readToday(connection, requireReport(settings)),
    versions(settings, timeField) {
      const { isRealtime } = requireReport(settings);
      if (isRealtime)
        throw invalid("What happens at this moment is never old — run the flow with dataPullMode Complete");
      if (timeField === undefined || /^(ga:)?date(\|DIMENSION)?$/.test(timeField)) return VERSION;
      throw invalid(`The field \`${timeField}\` does not tell what is new — name date`);
    },
  },

  read(session, query) {
    const report = requireReport(query.settings);
    const reader = { session, query, report, fields: query.fields };
    if (reader.fields === undefined)
      throw invalid("A report has 9 dimensions and 10 metrics at most — map the fields that it is to have");
    return (report.isRealtime ? readRealtime : readReport)({ ...reader, fields: reader.fields });
  },
};

function invalid(message: string): ConnectorError {
  return new ConnectorError("InvalidArgument", message);
}
