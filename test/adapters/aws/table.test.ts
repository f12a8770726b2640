import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import * as table from "../../../src/adapters/aws/table.ts";

const page = readFileSync(join(import.meta.dirname, "../../../docs/storage.md"), "utf8");

describe("docs/storage.md", () => {
  it("has the command that makes the table", () => {
    const [command] = /aws dynamodb create-table(?:.*\\\n)*.*/.exec(page)!;
    const [time] = /aws dynamodb update-time-to-live(?:.*\\\n)*.*/.exec(page)!;

    const pairs = (option: string) =>
      new RegExp(`--${option} ((?:\\w+=\\w+,\\w+=\\w+ ?)+)`)
        .exec(command)![1]!
        .trim()
        .split(" ")
        .map((pair) => Object.fromEntries(pair.split(",").map((each) => each.split("="))) as unknown);
    expect({
      AttributeDefinitions: pairs("attribute-definitions"),
      KeySchema: pairs("key-schema"),
      BillingMode: /--billing-mode (\w+)/.exec(command)![1],
    }).toEqual(table.TABLE);
    expect(time).toContain(`AttributeName=${table.EXPIRY_ATTRIBUTE}`);
  });

  it.each([
    ["flow", table.thingKey("flow", "<name>")],
    ["profile", table.thingKey("profile", "<name>")],
    ["registration", table.thingKey("registration", "<label>")],
    ["list of flows", { pk: table.LISTS.flows }],
    ["list of users", { pk: table.LISTS.flowsUsing("<profile>") }],
    ["list of profiles", { pk: table.LISTS.profiles }],
    ["list by connector", { pk: table.LISTS.profilesOf("<connector>") }],
    ["list by label", { pk: table.LISTS.profilesLabelled("<label>") }],
    ["list by both", { pk: table.LISTS.profilesOfLabelled("<connector>", "<label>") }],
    ["list of registrations", { pk: table.LISTS.registrations }],
    ["remembered call", table.callKey("<operation>/<token>")],
    ["position", table.positionKey("<flow>")],
    ["run", table.runKey("<flow>", "<id>")],
    ["segment", { sk: `${table.PARTS.segments()}<slice>#<number>` }],
    ["attempt", { sk: `${table.PARTS.attempts()}<slice>#<segment>#<number>` }],
    ["progress", { sk: `${table.PARTS.progress}<slice>` }],
    ["list of runs", { pk: table.LISTS.runsOf("<flow>") }],
    ["list of unfinished runs", table.unfinishedKey("<flow>", "<id>")],
  ])("names the keys of a %s", (_, key) => {
    expect(Object.values(key).filter((text) => !page.includes(`\`${text}\``))).toEqual([]);
  });
});
