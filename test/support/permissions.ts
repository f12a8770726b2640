import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { build } from "esbuild";

const ROOT = join(import.meta.dirname, "../..");

/** The service of each client. */
const SERVICES: Readonly<Record<string, string>> = {
  "@aws-sdk/client-eventbridge": "events",
  "@aws-sdk/client-lambda": "lambda",
  "@aws-sdk/client-s3": "s3",
  "@aws-sdk/client-scheduler": "scheduler",
  "@aws-sdk/client-secrets-manager": "secretsmanager",
  "@aws-sdk/lib-dynamodb": "dynamodb",
};

/**
 * What a command needs whose name is not that of its action. For the others see the Service Authorization Reference,
 * https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  "dynamodb:Get": ["dynamodb:GetItem"],
  "dynamodb:Put": ["dynamodb:PutItem"],
  "dynamodb:BatchGet": ["dynamodb:BatchGetItem"],
  "dynamodb:BatchWrite": ["dynamodb:BatchWriteItem"],
  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
  "dynamodb:TransactWrite": [
    "dynamodb:ConditionCheckItem",
    "dynamodb:DeleteItem",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
  ],
  "lambda:Invoke": ["lambda:InvokeFunction"],
  "s3:CompleteMultipartUpload": ["s3:PutObject"],
  "s3:CreateMultipartUpload": ["s3:PutObject"],
  "s3:GetBucketLifecycleConfiguration": ["s3:GetLifecycleConfiguration"],
  "s3:HeadBucket": ["s3:ListBucket"],
  "s3:HeadObject": ["s3:GetObject"],
  "s3:ListMultipartUploads": ["s3:ListBucketMultipartUploads"],
  "s3:ListObjectsV2": ["s3:ListBucket"],
  "s3:UploadPart": ["s3:PutObject"],
  "s3:UploadPartCopy": ["s3:GetObject", "s3:PutObject"],
  // A secret that is made with tags takes both.
  "secretsmanager:CreateSecret": ["secretsmanager:CreateSecret", "secretsmanager:TagResource"],
  // The target's role is handed to the service.
  "scheduler:CreateSchedule": ["scheduler:CreateSchedule", "iam:PassRole"],
  "scheduler:UpdateSchedule": ["scheduler:UpdateSchedule", "iam:PassRole"],
};

/** The adapters of AWS that a function's sources import, as names of files. */
export async function adaptersOf(name: string): Promise<readonly string[]> {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [`src/lambda/${name}.ts`],
    bundle: true,
    write: false,
    metafile: true,
    platform: "node",
    format: "esm",
    outdir: "out",
    packages: "external",
    logLevel: "error",
  });
  return Object.keys(metafile.inputs)
    .filter((path) => path.startsWith("src/adapters/aws/"))
    .map((path) => basename(path));
}

/** The actions that the commands of an adapter need, but those in `unused`. */
export function actionsIn(adapter: string, unused: readonly string[] = []): readonly string[] {
  const source = readFileSync(join(ROOT, "src/adapters/aws", adapter), "utf8");
  const services = Object.entries(SERVICES).filter(([client]) => source.includes(`from "${client}"`));
  const commands = [...source.matchAll(/new (\w+)Command\(/g)].map(([, name]) => name!);
  return commands
    .filter((command) => !unused.includes(command))
    .flatMap((command) => {
      const [[, service] = [undefined, "none"], ...others] = services;
      if (others.length > 0) throw new Error(`${adapter} speaks to several services.`);
      return ACTIONS[`${service}:${command}`] ?? [`${service}:${command}`];
    });
}
