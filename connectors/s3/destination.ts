import { readFileTarget, SettingsReader } from "#sdk";
import type { FileDestination, JsonObject } from "#sdk";

/** New objects with every run; none is ever replaced. */
export const destination: FileDestination = {
  delivery: "append",

  check(settings) {
    const reader = new SettingsReader(settings);
    readFileTarget(reader);
    return reader.problems;
  },

  describeObject(settings) {
    const { bucket, prefix } = targetOf(settings);
    return `s3://${bucket}/${prefix}`;
  },

  files: targetOf,
};

function targetOf(settings: JsonObject) {
  return readFileTarget(new SettingsReader(settings));
}
