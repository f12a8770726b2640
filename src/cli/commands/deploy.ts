import { parseArgs } from "node:util";
import { readConfig } from "../../config.ts";
import { runOsls } from "../run-osls.ts";
import { oslsOptions, STACK_OPTIONS } from "../stack-options.ts";
import { type Command, type CommandContext, UsageError } from "./command.ts";

export const deployCommand: Command = {
  name: "deploy",
  summary: "put the API into an account of AWS, or change it there",
  help: `millrace deploy [--stage NAME] [--region REGION] [--param NAME=VALUE …]

Makes the stack that docs/operations.md tells of, or changes the one that is there, with the credentials of the environment,
and shows its outputs.

  --stage NAME        which of several stacks (default: prod)
  --region REGION     where (default: MILLRACE_REGION, else AWS_REGION, else us-east-1)
  --param NAME=VALUE  a parameter of the stack; those that are not named have their defaults

Example:
  millrace deploy --region eu-west-1 --param allowedBuckets=lake,raw-data
`,
  run,
};

async function run(args: readonly string[], { interrupted }: CommandContext): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { ...STACK_OPTIONS, param: { type: "string", multiple: true, default: [] } },
  });
  const wrong = values.param.filter((each) => !/^\w+=/.test(each));
  if (wrong.length > 0) throw new UsageError(`--param ${wrong.join(", ")}: expected NAME=VALUE`);
  const options = oslsOptions(values, readConfig().place.region);
  const parameters = values.param.flatMap((each) => ["--param", each]);
  return runOsls(["deploy", ...options, ...parameters, "--verbose"], interrupted);
}
