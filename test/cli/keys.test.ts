import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppflowClient, CreateFlowCommand, ListFlowsCommand } from "@aws-sdk/client-appflow";
import type { CreateFlowCommandInput } from "@aws-sdk/client-appflow";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openDatabase } from "../../src/adapters/local/open-database.ts";
import { UsageError } from "../../src/cli/commands/command.ts";
import { keysCommand } from "../../src/cli/commands/keys.ts";
import { type DevServer, type Finished, millrace, startDev } from "../support/cli.ts";
import { flowBody } from "../support/test-app.ts";

interface NewKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

let folder: string;
let data: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-keys-"));
  data = join(folder, "data");
  // Where `startDev` has it.
  vi.stubEnv("MILLRACE_KEY_FILE", join(data, "key-file"));
  vi.stubEnv("MILLRACE_DATA", data);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

describe("millrace keys", () => {
  it("shows the secret of a new key once, as a shell takes it, and what the key is to the person", async () => {
    const { code, stdout, stderr } = await keys("create", "airflow");
    const listed = await keys("list");
    const [, id, secret] = /^export AWS_ACCESS_KEY_ID=(\w{20})\nexport AWS_SECRET_ACCESS_KEY=(\S{40})\n$/.exec(stdout)!;

    expect(code).toBe(0);
    expect(stderr).toBe(
      "A new key: whoever has it is airflow, and may do everything. Its secret is not shown again.\n",
    );
    expect(listed.stdout).toMatch(new RegExp(`^${id}  airflow  full               active, since 20\\S+Z\n$`));
    expect(listed.stdout + listed.stderr).not.toContain(secret);
  });

  it("prints one line of JSON for machines", async () => {
    const created = await keys("create", "auditor", "--read-only", "--expires", "2099-12-31", "--json");
    const { secretAccessKey, ...rest } = JSON.parse(created.stdout) as NewKey;
    const disabled = await keys("disable", rest.accessKeyId, "--json");
    const listed = await keys("list", "--json");
    const deleted = await keys("delete", rest.accessKeyId, "--json");
    const empty = await keys("list", "--json");

    expect(secretAccessKey).toMatch(/^\S{40}$/);
    expect(rest).toEqual({
      accessKeyId: expect.stringMatching(/^MLRC[A-Z2-7]{16}$/),
      user: "auditor",
      access: "read-only",
      hasPolicy: false,
      status: "active",
      createdAt: expect.stringMatching(/^20\d\d-.*Z$/),
      expiresAt: "2099-12-31T00:00:00.000Z",
    });
    expect(JSON.parse(disabled.stdout)).toEqual({ accessKeyId: rest.accessKeyId, status: "disabled" });
    expect(JSON.parse(listed.stdout)).toEqual({ keys: [{ ...rest, status: "disabled" }] });
    expect(JSON.parse(deleted.stdout)).toEqual({ accessKeyId: rest.accessKeyId, status: "deleted" });
    expect(JSON.parse(empty.stdout)).toEqual({ keys: [] });
  });

  it("issues keys before the first start that an engine takes, and changes them while it runs", async () => {
    const writer = await created("airflow");
    const reader = await created("auditor", "--read-only");
    const server = await startDev(data);
    try {
      expect(await outcome(server, writer, new CreateFlowCommand(FLOW))).toBe("ok");
      expect(await outcome(server, reader, new ListFlowsCommand({}))).toBe("ok");
      expect(await outcome(server, reader, new CreateFlowCommand(FLOW))).toBe("AccessDeniedException");

      expect((await keys("disable", writer.accessKeyId)).stdout).toBe(`${writer.accessKeyId} is disabled.\n`);
      expect(await outcome(server, writer, new ListFlowsCommand({}))).toBe("UnrecognizedClientException");
      await keys("enable", writer.accessKeyId);
      expect(await outcome(server, writer, new ListFlowsCommand({}))).toBe("ok");
      await keys("delete", writer.accessKeyId);
      expect(await outcome(server, writer, new ListFlowsCommand({}))).toBe("UnrecognizedClientException");
      expect(await outcome(server, await created("late"), new ListFlowsCommand({}))).toBe("ok");
    } finally {
      await server.end("SIGINT");
    }
  });

  it("issues a key with a policy, shows it as it was given, and changes it while the engine runs", async () => {
    const [listing, creating] = [await policyFile("appflow:ListFlows"), await policyFile("appflow:CreateFlow")];
    const key = await created("sales", "--policy", listing);
    const shown = await keys("policy", key.accessKeyId);
    const server = await startDev(data);
    try {
      expect(shown.stderr).toBe(`${key.accessKeyId}: sales may do what the policy allows.\n`);
      expect(JSON.parse(shown.stdout)).toEqual(policyFor("appflow:ListFlows"));
      expect(await outcome(server, key, new ListFlowsCommand({}))).toBe("ok");
      expect(await outcome(server, key, new CreateFlowCommand(FLOW))).toBe("AccessDeniedException");

      const changed = await keys("policy", key.accessKeyId, creating, "--json");
      expect(JSON.parse(changed.stdout)).toEqual({
        accessKeyId: key.accessKeyId,
        policy: policyFor("appflow:CreateFlow"),
      });
      expect(await outcome(server, key, new ListFlowsCommand({}))).toBe("AccessDeniedException");
      expect(await outcome(server, key, new CreateFlowCommand(FLOW))).toBe("ok");
      expect((await keys("list")).stdout).toContain("sales  full       policy  active");
    } finally {
      await server.end("SIGINT");
    }
  });

  it("tells everything that it does not understand in a policy, and issues and changes nothing", async () => {
    const { accessKeyId } = await created("airflow");
    const path = await policyFile("appflow:StratFlow", { Principal: "*" });

    for (const args of [
      ["create", "sales", "--policy", path],
      ["policy", accessKeyId, path],
    ]) {
      await expect(keys(...args)).rejects.toThrow(UsageError);
      await expect(keys(...args)).rejects.toThrow(
        `${path} has 2 problems:\n  Statement[0].Principal: no such element is known here\n      → leave it out\n` +
          '  Statement[0].Action: AppFlow has no action "StratFlow"\n      → did you mean "StartFlow"?',
      );
    }
    await expect(keys("create", "sales", "--policy", join(folder, "none.json"))).rejects.toThrow(
      /none\.json cannot be read/,
    );
    await expect(keys("policy", "MLRCUNKNOWN")).rejects.toThrow("KEY MLRCUNKNOWN: there is no such key");
    expect((await keys("list")).stdout).toMatch(/^MLRC\w+ {2}airflow {2}full {15}active.*\n$/);
    expect((await keys("policy", accessKeyId)).stderr).toBe(`${accessKeyId}: airflow may do everything.\n`);
  });

  it("gives `millrace dev` another key when its own is disabled", async () => {
    const first = await startDev(data);
    await first.end("SIGINT");
    await keys("disable", first.accessKeyId);

    const second = await startDev(data);
    const answers = [await outcome(second, first, new ListFlowsCommand({}))];
    answers.push(await outcome(second, second, new ListFlowsCommand({})));
    await second.end("SIGINT");

    expect(answers).toEqual(["UnrecognizedClientException", "ok"]);
  });

  it.each([
    [["create"], "create takes a USER"],
    [["create", "a", "b"], "create takes a USER"],
    [["create", "two words"], "expected 1 to 64 letters"],
    [["create", "dev"], "`millrace dev` makes the key of this user"],
    [["create", "a", "--expires", "soon"], "--expires soon: expected a day or a time, for example 2030-12-31"],
    [["create", "a", "--expires", "2030-02-31"], "--expires 2030-02-31: expected a day"],
    [["create", "a", "--expires", "2001-01-01"], "this time is past"],
    [["list", "all"], "list takes no name"],
    [["rotate"], "expected one of: create, list, policy, disable, enable, delete"],
    [[], "expected one of: create, list, policy, disable, enable, delete"],
  ])("refuses %j with the remedy, and issues nothing", async (args, words) => {
    await expect(keys(...args)).rejects.toThrow(UsageError);
    await expect(keys(...args)).rejects.toThrow(words);
    expect(await readdir(folder)).toEqual([]);
  });

  it.each(["list", "disable", "enable", "delete"])(
    "makes no data folder to %s, for another one was meant",
    async (verb) => {
      const words = `--data ${data}: there are no keys, nor any other data — name another folder`;

      await expect(keys(verb, ...(verb === "list" ? [] : ["MLRCUNKNOWN"]))).rejects.toThrow(words);
      expect(await readdir(folder)).toEqual([]);
    },
  );

  it("says that there is no such key", async () => {
    await created("airflow");

    const words = "KEY MLRCUNKNOWN: there is no such key; `millrace keys list` shows those that there are";
    await expect(keys("delete", "MLRCUNKNOWN")).rejects.toThrow(words);
  });

  it("tells of keys that another key file sealed, without a stack", async () => {
    const { accessKeyId } = await created("airflow");
    vi.stubEnv("MILLRACE_KEY_FILE", join(data, "other-key-file"));

    const { code, stderr } = await keys("list");

    expect(code).toBe(1);
    expect(stderr).toBe(
      `millrace keys list: The access key ${accessKeyId} cannot be opened: it was changed, or sealed with another key\n`,
    );
  });

  it("exits with 2 when another process keeps the data to itself, for then it may be tried again", async () => {
    const { accessKeyId } = await created("airflow");
    const database = openDatabase(join(data, "millrace.db"));
    database.exec("BEGIN IMMEDIATE");

    const { code, stderr } = await millrace(["keys", "disable", accessKeyId]);
    database.close();

    expect([code, stderr]).toEqual([2, "millrace keys disable: database is locked\n"]);
  }, 30_000);

  it("exits with 1 on a wrong command line, and says where help is", async () => {
    const { code, stdout, stderr } = await millrace(["keys", "list", "--read-only"]);

    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/Unknown option '--read-only'[^]*millrace keys --help shows how it is used/);
  });

  it("teaches how keys are replaced", () => {
    expect(keysCommand.help).toMatch(/To replace a key, create a second one[^]*disable the first, and delete it/);
  });
});

/** Runs the command in this process, which is quicker. */
async function keys(...args: readonly string[]): Promise<Finished> {
  const [stdout, stderr]: [string[], string[]] = [[], []];
  const same = (text: string) => text;
  const terminal = {
    print: (line: string) => void stdout.push(`${line}\n`),
    note: (line: string) => void stderr.push(`${line}\n`),
    progress: () => undefined,
    bold: same,
    dim: same,
    red: same,
    green: same,
  };
  const code = await keysCommand.run(args, { terminal, interrupted: new AbortController().signal });
  return { code, stdout: stdout.join(""), stderr: stderr.join("") };
}

function policyFor(Action: string, more: object = {}): object {
  return { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, Resource: "*", ...more }] };
}

async function policyFile(action: string, more?: object): Promise<string> {
  const path = join(folder, `${action.replace(":", "-")}.json`);
  await writeFile(path, JSON.stringify(policyFor(action, more)));
  return path;
}

async function created(...args: readonly string[]): Promise<NewKey> {
  const { code, stdout, stderr } = await keys("create", ...args, "--json");
  expect([code, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout) as NewKey;
}

const FLOW = flowBody("orders") as unknown as CreateFlowCommandInput;

/** `ok`, or the name of the error. */
async function outcome(
  { endpoint, region }: Pick<DevServer, "endpoint" | "region">,
  { accessKeyId, secretAccessKey }: NewKey,
  command: CreateFlowCommand | ListFlowsCommand,
): Promise<string> {
  const client = new AppflowClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1 });
  try {
    await client.send(command as ListFlowsCommand);
    return "ok";
  } catch (error) {
    return (error as Error).name;
  } finally {
    client.destroy();
  }
}
