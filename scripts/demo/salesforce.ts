import type { CreateFlowCommandInput, SalesforceSourceProperties, Task } from "@aws-sdk/client-appflow";
import { ACCOUNT, accountItem } from "../../test/support/saas/salesforce-objects.ts";
import { startSalesforce } from "../../test/support/saas/salesforce-server.ts";
import type { Demo, DemoFlow } from "./demo.ts";

const RECORDS = 30_000;
const HOUR = 3_600_000;
const NAMES = [
  "Edge Communications",
  "Grand Hotels & Resorts",
  "Pyramid Construction",
  "O'Neil Textiles",
  "Zürich Énergie",
];
const FIELDS = [
  "Id",
  "Name",
  "BillingAddress",
  "AnnualRevenue",
  "NumberOfEmployees",
  "LastActivityDate",
  "CreatedDate",
];

/**
 * Flows from Salesforce without an account: the server that stands in for it in the tests, with thirty thousand accounts. What
 * it was asked for is shown behind each flow.
 */
export async function openSalesforceDemo(): Promise<Demo> {
  const salesforce = await startSalesforce({ resultSize: 10_000 });
  salesforce.define("Account", ACCOUNT);
  for (let n = 1; n <= RECORDS; n++) {
    const name = `${NAMES[n % NAMES.length]} ${n}`;
    salesforce.put("Account", { ...accountItem(n, salesforce.time.now() - n * HOUR), Name: name });
  }
  let told = 0;
  return {
    allowedOrigins: [salesforce.origin],
    profiles: [
      {
        connectorProfileName: "crm",
        connectorType: "Salesforce",
        connectionMode: "Public",
        connectorProfileConfig: {
          connectorProfileProperties: { Salesforce: { instanceUrl: salesforce.origin } },
          connectorProfileCredentials: { Salesforce: { accessToken: salesforce.credentials["accessToken"] as string } },
        },
      },
    ],
    flows: FLOWS,
    tell() {
      const asked = salesforce.calls.slice(told).map(({ method, url, body }) => {
        const query =
          url.searchParams.get("q") ?? (body.startsWith("{") ? (JSON.parse(body) as { query?: string }).query : "");
        return `${method} ${url.pathname} ${query}`;
      });
      told = salesforce.calls.length;
      return asked;
    },
    close: async () => salesforce[Symbol.asyncDispose](),
  };
}

const FLOWS: readonly DemoFlow[] = [
  {
    title: "Accounts by REST to Parquet, with types: the filter becomes SOQL, the name is masked here",
    request: flow("accounts-by-rest", { object: "Account", dataTransferApi: "REST_SYNC" }, [
      task("Filter", "GREATER_THAN", ["NumberOfEmployees"], { DATA_TYPE: "int", VALUE: "20000" }),
      task("Mask", "MASK_LAST_N", ["Name"], { MASK_LENGTH: "5", MASK_VALUE: "*" }),
      ...FIELDS.map((field) => task("Map", "NO_OP", [field], {}, field)),
    ]),
  },
  {
    title: "All fields of all accounts by Bulk API 2.0: a job, and its results page by page",
    request: flow("accounts-by-bulk", { object: "Account", dataTransferApi: "BULKV2" }, [
      task("Map_all", "NO_OP", [], {}),
    ]),
  },
];

function flow(flowName: string, source: SalesforceSourceProperties, tasks: Task[]): CreateFlowCommandInput {
  const s3OutputFormatConfig = { fileType: "PARQUET", preserveSourceDataTyping: true } as const;
  return {
    flowName,
    triggerConfig: { triggerType: "OnDemand" },
    sourceFlowConfig: {
      connectorType: "Salesforce",
      connectorProfileName: "crm",
      sourceConnectorProperties: { Salesforce: source },
    },
    destinationFlowConfigList: [
      { connectorType: "S3", destinationConnectorProperties: { S3: { bucketName: "demo-out", s3OutputFormatConfig } } },
    ],
    tasks,
  };
}

function task(
  taskType: Task["taskType"],
  operator: "NO_OP" | "GREATER_THAN" | "MASK_LAST_N",
  sourceFields: string[],
  taskProperties: Task["taskProperties"],
  destinationField?: string,
): Task {
  return {
    taskType,
    connectorOperator: { Salesforce: operator },
    sourceFields,
    taskProperties,
    ...(destinationField !== undefined && { destinationField }),
  };
}
