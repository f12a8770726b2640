import salesforce from "../../../connectors/salesforce/index.ts";
import type { Filter } from "../../../src/sdk/filter.ts";
import { sourceContract } from "../../contract/source.ts";
import { ACCOUNT, accountItem, idOf, PLAIN } from "../../support/saas/salesforce-objects.ts";
import { startSalesforce } from "../../support/saas/salesforce-server.ts";

const COUNT = 90;

sourceContract({
  connector: salesforce,
  async open() {
    const standIn = await startSalesforce({ batchSize: 20, resultSize: 25 });
    const start = standIn.time.now() - 86_400_000;
    standIn.define("Account", ACCOUNT);
    standIn.define("Invoice__c", PLAIN);
    standIn.define("Order", PLAIN);
    standIn.define("Empty__c", PLAIN);
    for (let n = 1; n <= COUNT; n++) {
      // Three records of each second, so that pages end within one.
      const at = start + Math.floor(n / 3) * 1000;
      standIn.put("Account", accountItem(n, at));
      const time = new Date(at).toISOString();
      for (const [object, prefix] of [
        ["Invoice__c", "a01"],
        ["Order", "801"],
      ] as const) {
        standIn.put(object, { Id: idOf(prefix, n), Name: `Name, ${n}`, CreatedDate: time, SystemModstamp: time });
      }
    }
    const time = { field: "SystemModstamp", toMs: (text: string) => Date.parse(text) };
    const object = (name: string, settings = {}) => {
      return { settings: { object: name, ...settings }, key: "Id", count: COUNT, text: "Name", time, before: 1 };
    };
    const moment = start + 10_000;
    const filters: readonly Filter[] = [
      filter("Name", "contains", ["O'Neil\\100%_é"], "string"),
      filter("Name", "contains", ['"quoted"'], "string"),
      filter("Name", "equal", [accountItem(7, 0).Name], "string"),
      filter("Type", "equal", ["Customer - Direct", "Prospect"], undefined),
      filter("Id", "equal", [idOf("001", 7)], "id"),
      filter("OwnerId", "equal", [idOf("005", 1)], "reference"),
      filter("Active__c", "equal", ["true"], "boolean"),
      filter("NumberOfEmployees", "greater", ["40"], "int"),
      filter("NumberOfEmployees", "not-equal", ["40"], "int"),
      filter("Score__c", "less-or-equal", ["20.1"], "double"),
      filter("Score__c", "between", ["10.1", "20.1"], undefined),
      filter("AnnualRevenue", "equal", ["350000001"], "currency"),
      filter("Formula__c", "greater-or-equal", ["10"], "double"),
      filter("LastActivityDate", "greater", ["2029-12-23T12:00:00Z"], "datetime"),
      filter("LastActivityDate", "equal", ["2029-12-24"], "date"),
      filter("SystemModstamp", "equal", [String(moment)], "datetime"),
      filter("SystemModstamp", "greater", [String(moment)], "datetime"),
      filter("SystemModstamp", "less", [new Date(moment).toISOString()], "datetime"),
      filter("SystemModstamp", "less-or-equal", [String(moment + 500)], "datetime"),
      filter("SystemModstamp", "between", [String(moment), String(moment + 5000)], "datetime"),
    ];
    return {
      standIn,
      properties: { instanceUrl: standIn.origin },
      credentials: standIn.credentials,
      renews: true,
      objects: [
        object("Account"),
        object("Invoice__c", { dataTransferApi: "REST_SYNC" }),
        // A job is made, and looked at twice.
        { ...object("Order", { dataTransferApi: "BULKV2" }), before: 4 },
      ],
      empty: { object: "Empty__c" },
      filters: filters.flatMap((each) =>
        ["REST_SYNC", "BULKV2"].map((dataTransferApi) => {
          return { settings: { object: "Account", dataTransferApi }, filter: each };
        }),
      ),
      forbidden: { status: 403, body: [{ errorCode: "INSUFFICIENT_ACCESS", message: "insufficient access rights" }] },
      tooMany: { status: 429, body: [{ errorCode: "REQUEST_RATE", message: "Slow down." }] },
    };
  },
});

function filter(
  field: string,
  operator: Filter["operator"],
  values: readonly string[],
  dataType: string | undefined,
): Filter {
  return { field, operator, values, dataType };
}
