import { homedir } from "node:os";
import { join } from "node:path";
import type { Place } from "./api/arns.ts";
import type { Quotas } from "./api/context.ts";

/** The settings of this process. */
export interface Config {
  readonly place: Place;
  readonly kmsArn: string | undefined;
  /** Where flows, runs and keys are kept when there is no cloud. */
  readonly dataFolder: string;
  /** The file with the key to what is sealed in the data folder. */
  readonly keyFile: string;
  readonly port: number;
  /** True to refuse whatever AppFlow refuses, even where this engine could do it. */
  readonly strict: boolean;
  readonly quotas: Quotas;
  /** How many slices of a run are worked on at once. */
  readonly width: number;
  /** Of a server that answers in place of Amazon S3. */
  readonly s3Endpoint: string | undefined;
  /** Of a server that answers in place of AWS Lambda, where the functions of registered connectors are. */
  readonly lambdaEndpoint: string | undefined;
  /** The DynamoDB table of flows, runs and profiles, whose credentials are then in Secrets Manager; undefined for neither. */
  readonly table: string | undefined;
  /** Of a server that answers in place of DynamoDB. */
  readonly dynamoEndpoint: string | undefined;
  /** Of a server that answers in place of Secrets Manager. */
  readonly secretsEndpoint: string | undefined;
  /** The name or ARN of the EventBridge bus that is told of runs; undefined for none. */
  readonly eventBus: string | undefined;
  /** Of a server that answers in place of EventBridge. */
  readonly eventsEndpoint: string | undefined;
  /** Host names by which the local server may be addressed, besides those of this machine. */
  readonly hosts: readonly string[];
  /** Origins that profiles may name besides https on port 443 of public addresses. */
  readonly allowedOrigins: readonly string[];
}

interface Variable {
  readonly name: string;
  readonly meaning: string;
  /** What holds when the variable is not set, for people. */
  readonly default: string;
}

/** Every environment variable that is read. */
export const VARIABLES = {
  region: {
    name: "MILLRACE_REGION",
    meaning: "the region that requests must be signed for, and that is part of every ARN",
    default: "AWS_REGION, else us-east-1",
  },
  account: { name: "MILLRACE_ACCOUNT_ID", meaning: "the twelve digits in every ARN", default: "000000000000" },
  kmsArn: {
    name: "MILLRACE_KMS_ARN",
    meaning: "the key that DescribeFlow names for a flow without one",
    default: "alias/aws/appflow of the account",
  },
  dataFolder: { name: "MILLRACE_DATA", meaning: "the folder for flows, runs and access keys", default: ".millrace" },
  keyFile: {
    name: "MILLRACE_KEY_FILE",
    meaning: "the file with the key to what is sealed in the data folder",
    default: "~/.config/millrace/key",
  },
  s3Endpoint: {
    name: "AWS_ENDPOINT_URL_S3",
    meaning: "the server that answers in place of Amazon S3, with `--s3`",
    default: "AWS_ENDPOINT_URL, else Amazon's own",
  },
  lambdaEndpoint: {
    name: "AWS_ENDPOINT_URL_LAMBDA",
    meaning: "the server that answers in place of AWS Lambda, for the functions of registered connectors",
    default: "AWS_ENDPOINT_URL, else Amazon's own",
  },
  strict: {
    name: "MILLRACE_STRICT",
    meaning: "1 to refuse whatever AppFlow refuses, even where this engine could do it",
    default: "0",
  },
  maxFlows: { name: "MILLRACE_MAX_FLOWS", meaning: "how many flows there may be", default: "any number" },
  maxProfiles: {
    name: "MILLRACE_MAX_PROFILES",
    meaning: "how many connector profiles there may be",
    default: "any number",
  },
  maxConcurrentRuns: {
    name: "MILLRACE_MAX_CONCURRENT_RUNS",
    meaning: "how many runs may be in progress when another is to start",
    default: "any number",
  },
  table: {
    name: "MILLRACE_TABLE",
    meaning: "the DynamoDB table for flows, runs and profiles; credentials are then kept in Secrets Manager",
    default: "none: all of it is in the data folder",
  },
  dynamoEndpoint: {
    name: "AWS_ENDPOINT_URL_DYNAMODB",
    meaning: "the server that answers in place of DynamoDB",
    default: "AWS_ENDPOINT_URL, else Amazon's own",
  },
  secretsEndpoint: {
    name: "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    meaning: "the server that answers in place of Secrets Manager",
    default: "AWS_ENDPOINT_URL, else Amazon's own",
  },
  eventBus: {
    name: "MILLRACE_EVENT_BUS",
    meaning: "the name or ARN of the EventBridge bus that is told of runs, with AppFlow's events",
    default: "none: only the log is told",
  },
  eventsEndpoint: {
    name: "AWS_ENDPOINT_URL_EVENTBRIDGE",
    meaning: "the server that answers in place of EventBridge",
    default: "AWS_ENDPOINT_URL, else Amazon's own",
  },
  width: { name: "MILLRACE_WIDTH", meaning: "how many slices of a run are worked on at once", default: "1" },
  port: { name: "MILLRACE_PORT", meaning: "the port of the local server", default: "8787" },
  hosts: {
    name: "MILLRACE_HOSTS",
    meaning: "host names, between commas, by which the local server may be addressed besides localhost",
    default: "none",
  },
  allowedOrigins: {
    name: "MILLRACE_ALLOW_ORIGINS",
    meaning: "origins, between commas, that profiles may name besides https on port 443 of public addresses",
    default: "none",
  },
} as const satisfies Record<string, Variable>;

/** Variables of the environment that cannot be used: all of them, each with its value. */
export class ConfigError extends Error {
  constructor(faults: readonly string[]) {
    super(["The environment cannot be used:", ...faults.map((fault) => `  ${fault}`)].join("\n"));
    this.name = "ConfigError";
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the environment. Fails with a `ConfigError` about every variable that is wrong. */
export function readConfig(environment: Environment = process.env): Config {
  const faults: string[] = [];
  const read = (variable: Variable, pattern: RegExp, fallback: string) => {
    const value = environment[variable.name] || fallback;
    if (!pattern.test(value)) faults.push(`${variable.name}: "${value}" is not ${variable.meaning}`);
    return value;
  };

  const readQuota = (variable: Variable) => {
    const value = read(variable, /^\d{0,9}$/, "");
    return value === "" ? undefined : Number(value);
  };
  const endpoint = (variable: Variable) =>
    read(variable, /^(https?:\/\/.+)?$/, environment["AWS_ENDPOINT_URL"] ?? "") || undefined;

  const config: Config = {
    place: Object.freeze({
      region: read(VARIABLES.region, /^[a-z]{2}(-[a-z]+)+-\d+$/, environment["AWS_REGION"] || "us-east-1"),
      account: read(VARIABLES.account, /^\d{12}$/, "000000000000"),
    }),
    kmsArn: read(VARIABLES.kmsArn, /^(arn:[a-z-]+:kms:.*:\d+:.*)?$/, "") || undefined,
    dataFolder: read(VARIABLES.dataFolder, /./, ".millrace"),
    keyFile: read(VARIABLES.keyFile, /./, join(homedir(), ".config", "millrace", "key")),
    s3Endpoint: endpoint(VARIABLES.s3Endpoint),
    lambdaEndpoint: endpoint(VARIABLES.lambdaEndpoint),
    strict: read(VARIABLES.strict, /^[01]$/, "0") === "1",
    quotas: Object.freeze({
      flows: readQuota(VARIABLES.maxFlows),
      profiles: readQuota(VARIABLES.maxProfiles),
      concurrentRuns: readQuota(VARIABLES.maxConcurrentRuns),
    }),
    // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
    table: read(VARIABLES.table, /^([\w.-]{3,255})?$/, "") || undefined,
    dynamoEndpoint: endpoint(VARIABLES.dynamoEndpoint),
    secretsEndpoint: endpoint(VARIABLES.secretsEndpoint),
    // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html
    eventBus:
      read(VARIABLES.eventBus, /^((arn:[a-z-]+:events:[a-z0-9-]+:\d{12}:event-bus\/)?[\w./-]{1,256})?$/, "") ||
      undefined,
    eventsEndpoint: endpoint(VARIABLES.eventsEndpoint),
    width: Number(read(VARIABLES.width, /^[1-9]\d{0,2}$/, "1")),
    port: Number(read(VARIABLES.port, /^\d{1,5}$/, "8787")),
    hosts: Object.freeze(
      read(VARIABLES.hosts, /^[\w.,\s-]*$/, "")
        .split(",")
        .map((host) => host.trim().toLowerCase())
        .filter((host) => host !== ""),
    ),
    allowedOrigins: Object.freeze(
      read(VARIABLES.allowedOrigins, /^(\s*(https?:\/\/[^\s,/?#@]+)?\/?\s*(,|$))*$/, "")
        .split(",")
        .map((text) => text.trim())
        .filter((text) => text !== "")
        .flatMap((text) => URL.parse(text)?.origin ?? []),
    ),
  };
  if (faults.length > 0) throw new ConfigError(faults);
  return Object.freeze(config);
}
