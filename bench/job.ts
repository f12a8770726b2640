import { FIELDS } from "./generate.ts";

/* The job that every runner does, told once: as a flow's tasks and as SQL. */

export const FORMATS = ["json", "csv", "parquet"] as const;
export type Format = (typeof FORMATS)[number];

const CREATED_AFTER = "2017-12-31T23:59:59.999Z";
const CREATED_BEFORE = "2023-12-31T23:59:59.001Z";
export const JOB = {
  createdAfter: Date.parse(CREATED_AFTER),
  createdBefore: Date.parse(CREATED_BEFORE),
  amountAbove: 2000,
  truncate: 50,
  maskFirst: 8,
} as const;

/** Source field, output field, and the type that typed output gives it. */
export const MAPPINGS: readonly (readonly [source: string, target: string, type: string])[] = [
  ["Id", "AccountId", "string"],
  ["Name", "AccountName", "string"],
  ["Type", "Type", "string"],
  ["Industry", "Industry", "string"],
  ["AnnualRevenue", "Revenue", "double"],
  ["NumberOfEmployees", "Employees", "int"],
  ["Phone", "Phone", "string"],
  ["BillingCity", "BillingCity", "string"],
  ["BillingCountry", "Country", "string"],
  ["Description", "Description", "string"],
  ["IsActive__c", "IsActive__c", "boolean"],
  ["CreatedDate", "CreatedDate", "datetime"],
  ["LastModifiedDate", "LastModifiedDate", "datetime"],
  ["Amount__c", "Amount__c", "double"],
  ["TaxId__c", "TaxId__c", "string"],
  ["Amount__c,Tax__c", "Total__c", "double"],
];

/** The CreateFlow request of the job: `in/accounts.<format>` to `out`, one file. */
export function flowRequest(from: Format, to: Format): unknown {
  const operator = (name: string) => ({ S3: name });
  return {
    flowName: "job",
    triggerConfig: { triggerType: "OnDemand" },
    sourceFlowConfig: {
      connectorType: "S3",
      sourceConnectorProperties: {
        S3: {
          bucketName: "bench-in",
          bucketPrefix: `accounts.${from}`,
          s3InputFormatConfig: { s3InputFileType: from.toUpperCase() },
        },
      },
    },
    destinationFlowConfigList: [
      {
        connectorType: "S3",
        destinationConnectorProperties: {
          S3: {
            bucketName: "bench-out",
            s3OutputFormatConfig: {
              fileType: to.toUpperCase(),
              preserveSourceDataTyping: true,
              aggregationConfig: { aggregationType: "SingleFile" },
            },
          },
        },
      },
    ],
    tasks: [
      {
        taskType: "Filter",
        connectorOperator: operator("BETWEEN"),
        sourceFields: ["CreatedDate"],
        taskProperties: {
          DATA_TYPE: "datetime",
          LOWER_BOUND: String(JOB.createdAfter),
          UPPER_BOUND: String(JOB.createdBefore),
        },
      },
      {
        taskType: "Filter",
        connectorOperator: operator("GREATER_THAN"),
        sourceFields: ["Amount__c"],
        taskProperties: { DATA_TYPE: "double", VALUE: String(JOB.amountAbove) },
      },
      {
        taskType: "Validate",
        connectorOperator: operator("VALIDATE_NON_NULL"),
        sourceFields: ["Industry"],
        taskProperties: { VALIDATION_ACTION: "DropRecord" },
      },
      {
        taskType: "Truncate",
        connectorOperator: operator("NO_OP"),
        sourceFields: ["Description"],
        taskProperties: { TRUNCATE_LENGTH: String(JOB.truncate) },
      },
      {
        taskType: "Mask",
        connectorOperator: operator("MASK_FIRST_N"),
        sourceFields: ["TaxId__c"],
        taskProperties: { MASK_LENGTH: String(JOB.maskFirst), MASK_VALUE: "*" },
      },
      {
        taskType: "Arithmetic",
        connectorOperator: operator("ADDITION"),
        sourceFields: ["Amount__c", "Tax__c"],
        destinationField: "Amount__c,Tax__c",
        taskProperties: { MATH_OPERATION_FIELDS_ORDER: "Amount__c,Tax__c" },
      },
      ...MAPPINGS.map(([source, target, type]) => ({
        taskType: "Map",
        connectorOperator: operator("NO_OP"),
        sourceFields: [source],
        destinationField: target,
        taskProperties: { DESTINATION_DATA_TYPE: type },
      })),
    ],
  };
}

/** The same job for DuckDB. Columns are declared, because detection drops late fields and changes values. */
export function jobSql(from: Format, to: Format, input: string, output: string): string {
  const instant = from === "parquet" || to === "parquet" ? "TIMESTAMP" : "VARCHAR";
  const owner = from === "csv" ? "VARCHAR" : "STRUCT(Id VARCHAR, Name VARCHAR, Email VARCHAR, Level INTEGER)";
  const columns = duckColumns(instant, owner);
  const source = {
    json: `read_ndjson('${input}', columns=${columns})`,
    csv: `read_csv('${input}', header=true, auto_detect=false, delim=',', quote='"', escape='"', columns=${columns})`,
    parquet: `read_parquet('${input}')`,
  }[from];
  const target = { json: "format json", csv: "format csv, header true", parquet: "format parquet, compression snappy" }[
    to
  ];
  const shown = (field: string) =>
    from === "parquet" && to !== "parquet" ? `strftime(${field}, '%Y-%m-%dT%H:%M:%S.%gZ') as ${field}` : field;
  const created = instant === "TIMESTAMP" ? "CreatedDate" : "CreatedDate::TIMESTAMP";
  const sqlInstant = (ms: number) => `TIMESTAMP '${new Date(ms).toISOString().slice(0, 23).replace("T", " ")}'`;
  return `copy (select Id as AccountId, Name as AccountName, Type, Industry, AnnualRevenue as Revenue,
      NumberOfEmployees as Employees, Phone, BillingCity, BillingCountry as Country,
      left(Description, ${JOB.truncate}) as Description, IsActive__c, ${shown("CreatedDate")}, ${shown("LastModifiedDate")}, Amount__c,
      repeat('*', least(${JOB.maskFirst}, length(TaxId__c))) || substr(TaxId__c, ${JOB.maskFirst + 1}) as TaxId__c,
      Amount__c + Tax__c as Total__c
    from ${source}
    where ${created} > ${sqlInstant(JOB.createdAfter)} and ${created} < ${sqlInstant(JOB.createdBefore)}
      and Amount__c > ${JOB.amountAbove} and Industry is not null) to '${output}' (${target})`;
}

export function duckColumns(instant: string, owner: string): string {
  const types: Record<string, string> = {
    AnnualRevenue: "DOUBLE",
    NumberOfEmployees: "INTEGER",
    BillingLatitude: "DOUBLE",
    BillingLongitude: "DOUBLE",
    IsDeleted: "BOOLEAN",
    IsActive__c: "BOOLEAN",
    CreatedDate: instant,
    LastModifiedDate: instant,
    LastActivityDate: "DATE",
    Amount__c: "DOUBLE",
    Tax__c: "DOUBLE",
    Owner: owner,
  };
  return `{${FIELDS.map((field) => `${field}: '${types[field] ?? "VARCHAR"}'`).join(", ")}}`;
}
