import {
  CreateConnectorProfileCommand,
  type CreateConnectorProfileCommandInput,
  DescribeConnectorProfilesCommand,
  UpdateConnectorProfileCommand,
} from "@aws-sdk/client-appflow";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connectors } from "../../connectors/index.ts";
import { type ServedApp, serveApp } from "../support/appflow-client.ts";

const PATH = "connectorProfileConfig.connectorProfileCredentials.Salesforce.clientCredentialsArn";
const OWN = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:crm/app-AbCdEf";

/** The engine may read the credentials of all profiles; whoever makes one must not have it use another's. */
describe("clientCredentialsArn", () => {
  let served: ServedApp;
  let asked: string[];

  beforeEach(async () => {
    asked = [];
    const send = async ({ url }: { readonly url: URL }) => {
      asked.push(url.href);
      return Promise.reject(new Error("Nobody should be asked."));
    };
    served = await serveApp({ connectors, ports: { send } });
    await served.client.send(new CreateConnectorProfileCommand(profile("victim", { refreshToken: "canary-token" })));
  });

  afterEach(() => served.close());

  const describeAll = async () =>
    (await served.client.send(new DescribeConnectorProfilesCommand({}))).connectorProfileDetails!;

  it("names no secret of another profile, so that the engine uses none for whoever may not read it", async () => {
    const [{ credentialsArn } = {}] = await describeAll();
    const before = served.app.dump();
    const theft = {
      clientCredentialsArn: credentialsArn,
      oAuthRequest: { authCode: "c", redirectUri: "https://evil.example" },
    };
    const { connectorType: _, ...update } = profile("victim", theft);

    for (const command of [
      new CreateConnectorProfileCommand(profile("thief", theft)),
      new UpdateConnectorProfileCommand(update),
    ]) {
      await expect(served.client.send(command as CreateConnectorProfileCommand)).rejects.toMatchObject({
        name: "ValidationException",
        message:
          "Validation exception: it names the credentials of a connector profile, which are for that profile alone " +
          `(${PATH}) — name a secret of your own, with clientId and clientSecret`,
      });
    }
    expect(asked).toEqual([]);
    expect(served.app.dump()).toBe(before);
  });

  it.each([
    "arn:aws:secretsmanager:eu-west-1:111122223333:secret:appflow!111122223333-none-0123456789abcdef-AbCdEf",
    "arn:aws:secretsmanager:us-east-1:999999999999:secret:appflow!x",
    "arn:aws-cn:secretsmanager:cn-north-1:111122223333:secret:appflow!",
    "arn:aws:secretsmanager:eu-west-1:111122223333:secret:millrace/crm-0123456789abcdef-AbCdEf",
  ])(
    "is refused as %s, whether there is such a secret, and whether it would be read at once",
    async (clientCredentialsArn) => {
      const command = new CreateConnectorProfileCommand(profile("thief", { refreshToken: "r", clientCredentialsArn }));

      await expect(served.client.send(command)).rejects.toMatchObject({ name: "ValidationException" });
      expect(await describeAll()).toHaveLength(1);
    },
  );

  it("names a secret of one's own, whatever that is called", async () => {
    for (const [number, clientCredentialsArn] of [
      OWN,
      OWN.replace("crm/app", "my-appflow!app"),
      OWN.replace("crm/app", "my/millrace/app"),
    ].entries()) {
      const name = `own-${number}`;
      await served.client.send(
        new CreateConnectorProfileCommand(profile(name, { refreshToken: "r", clientCredentialsArn })),
      );
    }

    expect(await describeAll()).toHaveLength(4);
  });
});

type Salesforce = NonNullable<
  NonNullable<CreateConnectorProfileCommandInput["connectorProfileConfig"]>["connectorProfileCredentials"]
>["Salesforce"];

function profile(connectorProfileName: string, Salesforce: Salesforce): CreateConnectorProfileCommandInput {
  return {
    connectorProfileName,
    connectorType: "Salesforce",
    connectionMode: "Public",
    connectorProfileConfig: {
      connectorProfileProperties: { Salesforce: { instanceUrl: "https://evil.example" } },
      connectorProfileCredentials: { Salesforce },
    },
  };
}
