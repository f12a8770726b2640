import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import zendeskConnector from "../../connectors/zendesk/index.ts";
import type { EntityField } from "../../src/sdk/entity.ts";
import { millrace } from "../support/cli.ts";
import { keepProfile } from "../support/keep-profile.ts";
import { startZendesk, type Zendesk } from "../support/saas/zendesk-server.ts";

describe("millrace discover", () => {
  let folder: string;
  let zendesk: Zendesk;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "millrace-discover-"));
    zendesk = await startZendesk();
    await keepProfile(join(folder, "data"), join(folder, "key"), {
      name: "desk",
      connector: zendeskConnector,
      properties: { instanceUrl: zendesk.origin },
      credentials: zendesk.credentials,
    });
  });

  afterEach(async () => {
    await zendesk[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const discover = (...args: readonly string[]) =>
    millrace(["discover", ...args, "--data", join(folder, "data")], {
      env: { MILLRACE_KEY_FILE: join(folder, "key"), MILLRACE_ALLOW_ORIGINS: zendesk.origin },
    });

  it("lists the entities, and those within one", async () => {
    for (let id = 1; id <= 3; id++) zendesk.put("custom_objects", { id, key: `car-${id}`, title: `Car ${id}` });

    const top = await discover("desk");
    const nested = await discover("desk", "--path", "custom_objects");

    expect(top).toMatchObject({ code: 0, stderr: "" });
    expect(top.stdout).toMatch(/^tickets +Tickets$/m);
    expect(top.stdout).toMatch(/^custom_objects +Custom objects {2}\(--path custom_objects shows what is in it\)$/m);
    expect(nested.stdout.trimEnd().split("\n")).toEqual([1, 2, 3].map((n) => `custom_objects/car-${n}  Car ${n}`));
  });

  it("lists any number of them, page by page", async () => {
    for (let id = 1; id <= 1234; id++) zendesk.put("custom_objects", { id, key: `car-${id}`, title: `Car ${id}` });

    const { code, stdout } = await discover("desk", "--path", "custom_objects", "--json");
    const found = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as object);

    expect(code).toBe(0);
    expect(found).toHaveLength(1234);
    expect(new Set(found.map((each) => JSON.stringify(each))).size).toBe(1234);
    expect(found.at(-1)).toEqual({
      name: "custom_objects/car-1234",
      label: "Car 1234",
      hasNested: false,
      group: "Objects",
    });
  });

  it("shows the fields of an entity, those of the account's own too, with types and operators", async () => {
    zendesk.put("ticket_fields", { id: 77, type: "decimal", title: "Price" });

    const shown = await discover("desk", "tickets");
    const json = await discover("desk", "tickets", "--json");
    const fields = json.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as EntityField);

    expect(shown).toMatchObject({ code: 0, stderr: "" });
    expect(shown.stdout).toMatch(/^field +type +operators$/m);
    expect(shown.stdout).toMatch(/^id +integer +key +GREATER_THAN$/m);
    expect(shown.stdout).toMatch(/^generated_timestamp +integer +time +GREATER_THAN$/m);
    expect(shown.stdout).toMatch(/^custom_field_77 +decimal +GREATER_THAN$/m);
    expect(fields).toContainEqual(
      expect.objectContaining({ name: "custom_field_77", label: "Price", type: "decimal" }),
    );
  });

  it("asks the system each time, whatever an engine remembers", async () => {
    await discover("desk", "tickets");
    zendesk.put("ticket_fields", { id: 78, type: "text", title: "New" });

    expect((await discover("desk", "tickets")).stdout).toContain("custom_field_78");
  });

  it("says what is wrong with a name, and which there are", async () => {
    const answers = [
      await discover("desks"),
      await discover("none-like-it"),
      await discover("desk", "tickets-of-yore"),
      await discover("desk", "tickets", "--path", "custom_objects"),
    ];

    expect(answers.map(({ code, stderr }) => [code, stderr.split("\n")[0]])).toEqual([
      [1, 'millrace discover: there is no connector profile desks — did you mean "desk"?'],
      [1, "millrace discover: there is no connector profile none-like-it — there are desk"],
      [
        1,
        "millrace discover: Zendesk has no entity tickets-of-yore; `millrace discover desk` lists those that there are",
      ],
      [1, "millrace discover: --path is for lists of entities — leave it or the ENTITY out"],
    ]);
  });

  it("tells the system's words when it refuses, and that trying again may help when it fails", async () => {
    zendesk.faults.push({ status: 403, body: { error: "Forbidden", description: "Ask your administrator." } });
    const refused = await discover("desk", "tickets");
    await zendesk[Symbol.asyncDispose]();
    const failed = await discover("desk", "tickets");

    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toContain("Ask your administrator.");
    expect(failed).toMatchObject({ code: 2, stdout: "" });
    expect(failed.stderr).toContain("the connection failed");
    expect(refused.stderr + failed.stderr).not.toContain("canary");
  });

  it("says where profiles are looked for, when there are none", async () => {
    const { code, stderr } = await millrace(["discover", "desk", "--data", join(folder, "elsewhere")]);

    expect(code).toBe(1);
    expect(stderr).toContain(`there has to be a profile desk, and ${join(folder, "elsewhere")} holds none`);
  });
});
