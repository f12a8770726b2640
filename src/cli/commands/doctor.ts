import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import { connectors } from "../../../connectors/index.ts";
import { examineProfile } from "../../connection/examine-profile.ts";
import type { ExaminePorts } from "../../connection/examine-profile.ts";
import type { Finding } from "../../connection/finding.ts";
import { createConnect } from "../../connection/open-connection.ts";
import { browsePorts, findBrowsed } from "../browse-profile.ts";
import { EXIT } from "../exit-codes.ts";
import { openKeptProfiles, PROFILE_HELP, TABLE_HELP } from "../open-profiles.ts";
import type { OpenProfiles } from "../open-profiles.ts";
import type { Terminal } from "../terminal.ts";
import { UsageError } from "./command.ts";
import type { Command, CommandContext } from "./command.ts";

export const doctorCommand: Command = {
  name: "doctor",
  summary: "examine a connector profile: credentials, reach, permissions, clock, quota",
  help: `millrace doctor PROFILE

Looks at what flows with a connector profile need, and tells of each thing whether it is well, or what is wrong and what to do.
A few requests that only read are made, and an access token that is at its end is renewed. No secret is shown.

  credentials   they can be read, and are accepted; tokens are renewed where that is due
  reach         the system's name has an address, the engine may go there, who is there has a certificate, and answers
  permissions   the profile may look around: entities and fields can be read
  clock         this machine's and the system's agree
  quota         how many requests are left, where the system tells it

${PROFILE_HELP}
${TABLE_HELP}
  --json        print one line of JSON per finding

Exit codes: 0 nothing is wrong · 1 something has to be changed · 2 what is wrong may pass, try again

Examples:
  millrace doctor desk
  millrace doctor desk --json | jq 'select(.state == "wrong")'
`,
  run,
};

async function run(args: readonly string[], { terminal, interrupted }: CommandContext): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { data: { type: "string" }, table: { type: "string" }, json: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  const [name, ...rest] = positionals;
  if (name === undefined || rest.length > 0) throw new UsageError("expected one PROFILE");
  const kept = await openKeptProfiles(values, `there has to be a profile ${name}`);
  try {
    const browsed = await findBrowsed(name, kept);
    const found: Finding[] = [];
    for await (const finding of examineProfile(browsed, examinePorts(kept, interrupted))) {
      if (interrupted.aborted) break;
      found.push(finding);
      if (values.json) terminal.print(JSON.stringify(finding));
      else show(finding, terminal);
    }
    return interrupted.aborted ? EXIT.interrupted : exitCodeFor(found);
  } catch (error) {
    if (interrupted.aborted) return EXIT.interrupted;
    throw error;
  } finally {
    await kept.close();
  }
}

function examinePorts(kept: OpenProfiles, signal: AbortSignal): ExaminePorts {
  const { stores, vault, send } = kept;
  const ports = { ...stores, vault, send, connectors, id: randomUUID };
  return {
    ...ports,
    browse(observed) {
      const connect = createConnect({ ...ports, send: observed, chance: Math.random });
      return browsePorts({ ...kept, send: observed, connect }, signal);
    },
  };
}

function exitCodeFor(found: readonly Finding[]): number {
  const wrong = found.filter(({ state }) => state === "wrong");
  if (wrong.length === 0) return EXIT.ok;
  return wrong.every(({ mayPass }) => mayPass) ? EXIT.transient : EXIT.usage;
}

function show({ check, state, message, remedy }: Finding, terminal: Terminal): void {
  const style = { ok: terminal.green, wrong: terminal.red, unknown: terminal.dim }[state];
  terminal.print(`${style(state.padEnd(7))}  ${check.padEnd(11)}  ${message}`);
  if (remedy !== undefined) terminal.print(`${" ".repeat(22)}→ ${remedy}`);
}
