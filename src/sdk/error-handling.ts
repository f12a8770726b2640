import { readBucket, readOutputPrefix } from "./bucket-settings.ts";
import type { JsonObject } from "./json.ts";
import { SettingsReader } from "./settings-reader.ts";

/** What becomes of the records that a destination rejects. */
export interface ErrorHandling {
  /** Where they go; undefined when the flow names no bucket for them. */
  readonly location: { readonly bucket: string; readonly prefix: string } | undefined;
  /** End the run at the first of them. */
  readonly failOnFirst: boolean;
}

/** Reads `errorHandlingConfig` of a destination's settings. Whatever is wrong with it is in the reader's problems. */
export function readErrorHandling(reader: SettingsReader): ErrorHandling {
  const config = reader.within("errorHandlingConfig");
  const location = config.has("bucketName")
    ? { bucket: readBucket(config), prefix: readOutputPrefix(config) }
    : undefined;
  return { location, failOnFirst: config.flag("failOnFirstDestinationError") };
}

/** What a flow's settings of a destination say; those of one where a flow has no say ask for nothing. */
export function errorHandlingOf(
  destination: { readonly errorHandling?: true } | undefined,
  settings: JsonObject,
): ErrorHandling {
  if (destination?.errorHandling !== true) return { location: undefined, failOnFirst: false };
  return readErrorHandling(new SettingsReader(settings));
}
