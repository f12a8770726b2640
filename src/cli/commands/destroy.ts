import { parseArgs } from "node:util";
import { readConfig } from "../../config.ts";
import { EXIT } from "../exit-codes.ts";
import { runOsls } from "../run-osls.ts";
import { defaultTable, oslsOptions, STACK_OPTIONS } from "../stack-options.ts";
import type { Command, CommandContext } from "./command.ts";

export const destroyCommand: Command = {
  name: "destroy",
  summary: "take the API away from AWS, and leave its data unless told otherwise",
  help: `millrace destroy [--stage NAME] [--region REGION] [--with-data TABLE]

Removes the stack that \`millrace deploy\` made: API, functions, schedules, logs. The table, the key that opens what is sealed
in it, the credentials of its profiles, and the data bucket stay; a later stack takes them over (docs/operations.md).

  --stage NAME        which of several stacks (default: prod)
  --region REGION     where (default: MILLRACE_REGION, else AWS_REGION, else us-east-1)
  --with-data TABLE   then deletes the table of that name, too, with every flow, run, profile and access key, and the credentials
                      of the profiles: for good. The data bucket stays.

Example:
  millrace destroy --stage trial --with-data millrace-trial
`,
  run,
};

async function run(args: readonly string[], { terminal, interrupted }: CommandContext): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { ...STACK_OPTIONS, "with-data": { type: "string" } } });
  const config = readConfig();
  const table = values["with-data"];
  const code = await runOsls(["remove", ...oslsOptions(values, config.place.region)], interrupted);
  if (code !== EXIT.ok) return code;
  if (table === undefined) {
    terminal.note(
      `The table (${defaultTable(values.stage)}, unless another was named), its engine's key, credentials of profiles and the data bucket are left. ` +
        `docs/operations.md tells how a new stack takes them over, or how to delete them.`,
    );
    return EXIT.ok;
  }
  const [{ createDynamoClient }, { createSecretsClient }, { deleteStackData }] = await Promise.all([
    import("../../adapters/aws/dynamo-client.ts"),
    import("../../adapters/aws/secrets-client.ts"),
    import("../../adapters/aws/delete-stack-data.ts"),
  ]);
  const region = values.region ?? config.place.region;
  const documents = createDynamoClient({ region, endpoint: config.dynamoEndpoint });
  const secrets = createSecretsClient({ region, endpoint: config.secretsEndpoint });
  try {
    const profiles = await deleteStackData(table, { documents, secrets });
    terminal.note(`The table ${table} is deleted, with the engine's key and the credentials of ${profiles} profiles.`);
    return EXIT.ok;
  } catch (error) {
    terminal.note(`millrace destroy: ${error instanceof Error ? error.message : String(error)}`);
    return EXIT.transient;
  } finally {
    documents.destroy();
    secrets.destroy();
  }
}
