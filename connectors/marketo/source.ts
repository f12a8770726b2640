import { ConnectorError, namedBy } from "#sdk";
import type { JsonObject, ReadableSource } from "#sdk";
import { USUAL_DESTINATIONS } from "../_shared/usual-destinations.ts";
import { describe, entities, fields } from "./entities.ts";
import { checkObject, objectIn, versionsOf } from "./objects.ts";
import type { MarketoObject } from "./objects.ts";
import { readExport } from "./read-export.ts";
import { readChanges, readOffsetList, readTokenList } from "./read-lists.ts";
import { divideRange, rangeOf, readClock } from "./windows.ts";

const READ = {
  export: readExport,
  changes: readChanges,
  "token list": readTokenList,
  "offset list": readOffsetList,
} as const;

export const source: ReadableSource = {
  triggers: ["on-demand", "scheduled"],
  minimumMinutes: 60,
  destinations: USUAL_DESTINATIONS,
  check: checkObject,
  describeObject: namedBy("marketo"),
  entities,
  describe,
  fields,

  incremental: {
    // Marketo says nothing of how late a change shows. A window that reached back would export, and count against the
    // day's quota, everything in it once more; and of leads nobody could tell what of it is new.
    lagMs: 15 * 60_000,
    lookbackMs: 0,
    clock: (session, settings) => readClock(session, requireObject(settings)),
    versions(settings, timeField) {
      const object = requireObject(settings);
      if (timeField === undefined || object.times.includes(timeField)) return versionsOf(object, timeField);
      const message = `In \`${object.name}\` the field \`${timeField}\` does not tell what is new — name ${object.times.join(" or ")}`;
      throw new ConnectorError("InvalidArgument", message);
    },
  },

  /** An export is divided as Marketo wants it divided; it works at two jobs at once. */
  async *split(session, query) {
    const object = requireObject(query.settings);
    if (object.reading !== "export") return yield null;
    yield* divideRange(await rangeOf(session, object, query));
  },

  read(session, query) {
    const object = requireObject(query.settings);
    return READ[object.reading]({ session, query, object });
  },
};

function requireObject(settings: JsonObject): MarketoObject {
  const object = objectIn(settings);
  if (object !== undefined) return object;
  const [problem] = checkObject({ object: settings["object"] ?? "" });
  throw new ConnectorError("InvalidArgument", `${problem!.message} — ${problem!.remedy}`);
}
