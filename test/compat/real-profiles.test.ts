import { describe, expect, it } from "vitest";
import { connectors } from "../../connectors/index.ts";
import { registered, talkingFunctions } from "../support/registered-connectors.ts";
import { createTestApp, post } from "../support/test-app.ts";
import REAL_PROFILES from "./real-profiles.json" with { type: "json" };

interface RealProfile {
  readonly id: string;
  readonly title: string;
  readonly body: RealBody;
  /** How it is refused. */
  readonly refused?: string;
}

interface RealBody extends Record<string, unknown> {
  readonly connectorProfileName: string;
  readonly connectorType?: string;
  readonly connectorLabel?: string;
  readonly connectorProfileConfig: Record<string, unknown>;
}

const CASES = REAL_PROFILES as unknown as readonly RealProfile[];
const CREATED = CASES.filter(({ body }) => body.connectorType !== undefined);
const LABELS = ["Asana", "GitHub", "HubSpot", "Mailchimp", "JDBCsmall", "my-conn"];

async function openApp() {
  const functions = talkingFunctions();
  const app = createTestApp({ connectors, config: { callers: "anyone" }, ports: { functions } });
  for (const label of LABELS) await app.ports.registrations.create(registered(label));
  return { app, functions };
}

describe("CreateConnectorProfile with what real clients send", () => {
  it.each(CREATED.filter(({ refused }) => refused === undefined))("accepts $id: $title", async ({ body }) => {
    const { app } = await openApp();

    const created = await post(app, "/create-connector-profile", body);
    const name = body.connectorProfileName;
    const { body: described } = await post(app, "/describe-connector-profiles", { connectorProfileNames: [name] });

    const connectorProfileArn = `arn:aws:appflow:eu-west-1:111122223333:connectorprofile/${name}`;
    expect(created).toEqual({ status: 200, error: null, body: { connectorProfileArn } });
    expect(described["connectorProfileDetails"]).toEqual([
      {
        connectorProfileArn,
        connectorProfileName: name,
        connectorType: body.connectorType,
        ...(body.connectorLabel !== undefined && { connectorLabel: body.connectorLabel }),
        connectionMode: "Public",
        credentialsArn: expect.stringMatching(
          `^arn:aws:secretsmanager:eu-west-1:111122223333:secret:appflow!111122223333-${body.connectorLabel ?? name}-`,
        ),
        connectorProfileProperties: body.connectorProfileConfig["connectorProfileProperties"],
        createdAt: expect.any(Number),
        lastUpdatedAt: expect.any(Number),
      },
    ]);
    expect(app.reports).toEqual([]);
  });

  it.each(CREATED.filter(({ refused }) => refused !== undefined))("refuses $id: $title", async ({ body, refused }) => {
    const { app } = await openApp();

    const answer = await post(app, "/create-connector-profile", body);

    expect(answer).toMatchObject({ status: 400, error: "ValidationException" });
    expect(String(answer.body["message"]).slice(0, refused!.length)).toBe(refused);
  });

  it("updates as Terraform does, and finds nothing after a deletion", async () => {
    const { app } = await openApp();
    const [p08, p26] = ["P08", "P26"].map((wanted) => CASES.find(({ id }) => id === wanted)!.body);
    const describe_ = async () =>
      (await post(app, "/describe-connector-profiles", { connectorProfileNames: ["tf-acc-rs"] })).body;

    const created = await post(app, "/create-connector-profile", p08);
    const first = await describe_();
    const updated = await post(app, "/update-connector-profile", p26);
    const second = await describe_();
    const deleted = await post(app, "/delete-connector-profile", { connectorProfileName: "tf-acc-rs" });
    const third = await describe_();

    expect(updated).toEqual(created);
    expect(first).toMatchObject({ connectorProfileDetails: [{ connectorProfileProperties: propertiesOf(p08!) }] });
    expect(second).toMatchObject({ connectorProfileDetails: [{ connectorProfileProperties: propertiesOf(p26!) }] });
    expect(deleted).toEqual({ status: 200, error: null, body: {} });
    expect(third).toEqual({ connectorProfileDetails: [] });
  });

  it("asks a connector's function about credentials that it can read", async () => {
    const { app, functions } = await openApp();
    const { body } = CASES.find(({ id }) => id === "P24")!;

    await post(app, "/create-connector-profile", body);

    const settings = { api_version: "v51.0", instanceUrl: "https://x.example" };
    expect(functions.asked).toEqual([
      {
        type: "ValidateCredentialsRequest",
        credentials: { secretArn: expect.stringContaining("-my-conn-"), authenticationType: "BasicAuth" },
        connectorRuntimeSettings: settings,
      },
      {
        type: "ValidateConnectorRuntimeSettingsRequest",
        scope: "CONNECTOR_PROFILE",
        connectorRuntimeSettings: settings,
        authenticationType: "BasicAuth",
      },
    ]);
  });
});

function propertiesOf(body: RealBody): unknown {
  return body.connectorProfileConfig["connectorProfileProperties"];
}
