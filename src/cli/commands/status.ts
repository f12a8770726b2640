import { parseArgs } from "node:util";
import { readConfig } from "../../config.ts";
import { runOsls } from "../run-osls.ts";
import { oslsOptions, STACK_OPTIONS } from "../stack-options.ts";
import type { Command, CommandContext } from "./command.ts";

export const statusCommand: Command = {
  name: "status",
  summary: "show what is deployed on AWS",
  help: `millrace status [--stage NAME] [--region REGION]

Shows the routes, functions and outputs of the stack that \`millrace deploy\` made, with the credentials of the environment.

  --stage NAME        which of several stacks (default: prod)
  --region REGION     where (default: MILLRACE_REGION, else AWS_REGION, else us-east-1)
`,
  run,
};

async function run(args: readonly string[], { interrupted }: CommandContext): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: STACK_OPTIONS });
  return runOsls(["info", ...oslsOptions(values, readConfig().place.region), "--verbose"], interrupted);
}
