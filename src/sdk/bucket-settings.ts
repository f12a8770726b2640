import { show } from "./settings-reader.ts";
import type { SettingsReader } from "./settings-reader.ts";

/** AppFlow's limit for a prefix, in characters. */
const MAX_PREFIX = 512;

/** The bucket that a setting names. */
export function readBucket(settings: SettingsReader, setting = "bucketName"): string {
  const bucket = settings.requiredText(setting, "name the bucket");
  if (bucket === undefined) return "";
  const fault = bucketFault(bucket);
  if (fault !== undefined) {
    settings.report(setting, `${show(bucket)} ${fault}`, "give the name of a bucket, without s3:// and without a key");
  }
  return bucket;
}

/** `bucketPrefix` as it is given; empty when it is not. */
export function readPrefix(settings: SettingsReader): string {
  const prefix = settings.text("bucketPrefix") ?? "";
  if (prefix.length > MAX_PREFIX) {
    settings.report("bucketPrefix", `it has ${prefix.length} characters, and ${MAX_PREFIX} is the limit`, "shorten it");
  }
  if (!prefix.isWellFormed()) settings.report("bucketPrefix", `${show(prefix)} is not valid Unicode`);
  return prefix;
}

/** `bucketPrefix` of what is written. Slashes at the ends mean nothing; what is between them becomes folders, for us and for every reader. */
export function readOutputPrefix(reader: SettingsReader): string {
  const prefix = readPrefix(reader).replace(/^\/+|\/+$/g, "");
  if (prefix === "") return "";
  for (const { fault, remedy } of PREFIX_FAULTS.filter(({ has }) => has(prefix))) {
    reader.report("bucketPrefix", `${show(prefix)} ${fault}`, remedy);
  }
  return prefix;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
function bucketFault(name: string): string | undefined {
  if (name.length < 3 || name.length > 63) return `has ${name.length} characters, and a bucket's name has 3 to 63`;
  if (!/^[a-z0-9.-]+$/.test(name)) return "holds something else than lower-case letters, digits, dots and hyphens";
  if (!/^[a-z0-9].*[a-z0-9]$/.test(name)) return "does not begin and end with a letter or a digit";
  if (name.includes("..")) return "has two dots in a row";
  return /^\d+\.\d+\.\d+\.\d+$/.test(name) ? "looks like an IP address" : undefined;
}

interface PrefixFault {
  readonly has: (prefix: string) => boolean;
  readonly fault: string;
  readonly remedy: string;
}

const PREFIX_FAULTS: readonly PrefixFault[] = [
  {
    has: (prefix) => prefix.length <= 512 && Buffer.byteLength(prefix) > 512,
    fault: "has more than 512 bytes",
    remedy: "shorten it, so that keys keep within S3's 1024 bytes",
  },
  {
    has: (prefix) => prefix.split("/").includes(""),
    fault: "has an empty folder name between two slashes",
    remedy: "separate folders by one slash",
  },
  {
    has: (prefix) => prefix.split("/").some((segment) => segment === "." || segment === ".."),
    fault: 'has a folder named "." or ".."',
    remedy: "spell the whole prefix out",
  },
  {
    has: (prefix) => prefix.includes("\\"),
    fault: "holds a backslash",
    remedy: "separate folders by slashes",
  },
  {
    has: (prefix) => /\p{Cc}/u.test(prefix),
    fault: "holds control characters",
    remedy: "leave them out",
  },
  {
    has: (prefix) => prefix !== prefix.normalize("NFC"),
    fault: "is not in Unicode's composed form (NFC), and readers may spell it otherwise",
    remedy: "normalise it",
  },
  {
    has: (prefix) => prefix.split("/")[0] === "_millrace",
    fault: 'begins with "_millrace", which is reserved for error files',
    remedy: "choose another prefix",
  },
];
