import { UsageError } from "./commands/command.ts";
import type { Command } from "./commands/command.ts";
import { ConfigError } from "../config.ts";
import { backfillCommand } from "./commands/backfill.ts";
import { connectorsCommand } from "./commands/connectors.ts";
import { deployCommand } from "./commands/deploy.ts";
import { destroyCommand } from "./commands/destroy.ts";
import { devCommand } from "./commands/dev.ts";
import { discoverCommand } from "./commands/discover.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { keysCommand } from "./commands/keys.ts";
import { newCommand } from "./commands/new.ts";
import { previewCommand } from "./commands/preview.ts";
import { reconcileCommand } from "./commands/reconcile.ts";
import { redriveCommand } from "./commands/redrive.ts";
import { runCommand } from "./commands/run.ts";
import { runsCommand } from "./commands/runs.ts";
import { statusCommand } from "./commands/status.ts";
import { verifyCommand } from "./commands/verify.ts";
import { EXIT } from "./exit-codes.ts";
import { createTerminal } from "./terminal.ts";

const COMMANDS: readonly Command[] = [
  runCommand,
  previewCommand,
  devCommand,
  keysCommand,
  runsCommand,
  backfillCommand,
  redriveCommand,
  verifyCommand,
  reconcileCommand,
  connectorsCommand,
  discoverCommand,
  doctorCommand,
  newCommand,
  deployCommand,
  statusCommand,
  destroyCommand,
];

const HELP = `millrace: the Amazon AppFlow that a team owns

Usage: millrace <command> [options]

${COMMANDS.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`).join("\n")}

millrace <command> --help tells more about one of them, with examples.

Exit codes: 0 done · 1 wrong command line, flow or configuration · 2 failed, and doing it again may help ·
3 the data is not what the flow expects · 130 interrupted
`;

process.exitCode = await main(process.argv.slice(2));

async function main([name, ...args]: readonly string[]): Promise<number> {
  const terminal = createTerminal(process.stdout, process.stderr);
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    terminal.print(HELP);
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command === undefined) {
    terminal.note(`There is no command \`${name}\`. The commands are: ${COMMANDS.map((c) => c.name).join(", ")}.`);
    return EXIT.usage;
  }
  if (args.includes("--help") || args.includes("-h")) {
    terminal.print(command.help);
    return EXIT.ok;
  }
  try {
    return await command.run(args, { terminal, interrupted: interruption() });
  } catch (error) {
    if (error instanceof ConfigError) {
      terminal.note(`millrace ${name}: ${error.message}`);
      return EXIT.usage;
    }
    if (error instanceof UsageError || isParseError(error)) {
      terminal.note(`millrace ${name}: ${(error as Error).message}\nmillrace ${name} --help shows how it is used.`);
      return EXIT.usage;
    }
    throw error;
  }
}

function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      controller.abort();
      process.once(signal, () => process.exit(EXIT.interrupted));
    });
  }
  return controller.signal;
}

/** What `parseArgs` throws for an option that does not exist or lacks its value. */
function isParseError(error: unknown): boolean {
  return error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS_");
}
