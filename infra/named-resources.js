// Read by serverless.yml: the ARNs of what the deployer has named in parameters, between commas. Plain JavaScript, because
// osls imports it.

/** What flows read and write, between commas. */
export const runBucketNames = async (context) => (await runNames(context)).join(",");

/** The same, as ARNs. */
export const runBuckets = async (context) => (await runNames(context)).map((name) => arnOf(name));

export const runObjects = async (context) => (await runNames(context)).map((name) => arnOf(`${name}/*`));

export const connectorFunctions = (context) => namesIn(context, "connectorFunctions");

export const clientSecrets = (context) => namesIn(context, "clientSecrets");

async function runNames(context) {
  return [...new Set([...(await namesIn(context, "allowedBuckets")), ...(await namesIn(context, "dataBucket"))])];
}

function arnOf(name) {
  return { "Fn::Sub": `arn:\${AWS::Partition}:s3:::${name}` };
}

async function namesIn({ resolveVariable }, parameter) {
  const text = await resolveVariable(`param:${parameter}`);
  const names = text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  const bad = names.filter((name) => !EXPECTED[parameter].pattern.test(name));
  if (bad.length > 0) {
    throw new Error(`--param="${parameter}=…": ${bad.join(", ")}: expected ${EXPECTED[parameter].words}`);
  }
  return names;
}

const FUNCTION = /^arn:[a-z-]+:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+(:[\w$-]+)?$/;

const EXPECTED = {
  allowedBuckets: { pattern: /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, words: "names of buckets, between commas" },
  dataBucket: { pattern: /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, words: "the name of a bucket" },
  connectorFunctions: {
    pattern: FUNCTION,
    words: "ARNs of Lambda functions, between commas",
  },
  clientSecrets: {
    pattern: /^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:[^*?\s]+$/,
    words: "ARNs of secrets, between commas",
  },
};
