import { describe, expect, it } from "vitest";
import { connectors } from "../../connectors/index.ts";
import type { DescribedConnector } from "../../src/cli/describe-connector.ts";
import { millrace } from "../support/cli.ts";

describe("millrace connectors", () => {
  it("lists every connector, with what this engine does with it", async () => {
    const { code, stdout } = await millrace(["connectors", "list"]);
    const lines = stdout.trimEnd().split("\n");

    expect(code).toBe(0);
    expect(lines.slice(1).map((line) => line.split(" ")[0])).toEqual(connectors.map(({ type }) => type));
    expect(lines).toContainEqual(expect.stringMatching(/^S3 +reads +writes +–$/));
    expect(lines).toContainEqual(expect.stringMatching(/^Zendesk +reads +kept +OAuth 2$/));
    expect(lines).toContainEqual(expect.stringMatching(/^CustomerProfiles +– +kept +–$/));
  });

  it("describes one, whatever the case of its name", async () => {
    const { code, stdout } = await millrace(["connectors", "describe", "SERVICENOW"]);

    expect(code).toBe(0);
    expect(stdout).toContain("connectorType Servicenow, and ServiceNow in tasks");
    expect(stdout).toContain("profiles: opened with user and password, or OAuth 2");
    expect(stdout).toContain("    instanceUrl  required\n");
    expect(stdout).toContain("    password  secret\n");
    expect(stdout).toContain("    oAuth2Credentials.oAuthRequest.authCode  secret\n");
    expect(stdout).toMatch(/operators: PROJECTION, .*CONTAINS/);
  });

  it("says how often a source may be read, in the largest unit that fits", async () => {
    const described = await Promise.all(
      ["marketo", "amplitude", "zendesk"].map(
        async (name) => (await millrace(["connectors", "describe", name])).stdout,
      ),
    );

    expect(described.map((text) => /schedules: (.+)/.exec(text)![1])).toEqual([
      "every hour at the quickest",
      "every day at the quickest",
      "every minute at the quickest",
    ]);
  });

  it("prints JSON for machines", async () => {
    const list = await millrace(["connectors", "list", "--json"]);
    const one = await millrace(["connectors", "describe", "Zendesk", "--json"]);
    const all = list.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as DescribedConnector);
    const zendesk = JSON.parse(one.stdout) as DescribedConnector;

    expect(all).toHaveLength(connectors.length);
    expect(all).toContainEqual(zendesk);
    expect(zendesk).toMatchObject({
      source: {
        movesData: true,
        incremental: true,
        minimumMinutes: 1,
        operators: expect.arrayContaining(["GREATER_THAN"]),
      },
      profile: { auth: ["oauth2"], properties: [{ name: "instanceUrl", required: true, secret: false }] },
    });
  });

  it("says what was meant when there is no such connector", async () => {
    const { code, stderr } = await millrace(["connectors", "describe", "zendeks"]);

    expect(code).toBe(1);
    expect(stderr).toContain('there is no connector zendeks — did you mean "Zendesk"?');
  });
});
