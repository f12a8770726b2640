import type { CreateFlowCommandInput, Task } from "@aws-sdk/client-appflow";
import type { DemoFlow } from "./demo.ts";

type S3Output = NonNullable<
  NonNullable<
    NonNullable<CreateFlowCommandInput["destinationFlowConfigList"]>[number]["destinationConnectorProperties"]
  >["S3"]
>["s3OutputFormatConfig"];

/** Every flow reads real data: files of the npm package vega-datasets, put into the folder of the bucket `demo-in`. */
export const DEMO_FLOWS: readonly DemoFlow[] = [
  {
    title: "Airports: CSV to Parquet, with types",
    request: flow("airports-to-parquet", "airports/", "CSV", { fileType: "PARQUET", preserveSourceDataTyping: true }, [
      ...["iata", "name", "city", "state", "country"].map((field) => map(field, field)),
      map("latitude", "latitude", "double"),
      map("longitude", "longitude", "double"),
    ]),
  },
  {
    title: "Films: JSON to CSV, with filter, validate, mask, truncate, merge and arithmetic",
    request: flow("films-to-csv", "films/", "JSON", { fileType: "CSV" }, [
      task("Filter", "GREATER_THAN", ["IMDB Rating"], { DATA_TYPE: "double", VALUE: "7.5" }),
      task("Validate", "VALIDATE_NON_NULL", ["Production Budget"], { VALIDATION_ACTION: "DropRecord" }),
      task("Truncate", "NO_OP", ["Title"], { TRUNCATE_LENGTH: "24" }),
      task("Mask", "MASK_LAST_N", ["Director"], { MASK_LENGTH: "5", MASK_VALUE: "*" }),
      task(
        "Merge",
        "NO_OP",
        ["Major Genre", "Creative Type"],
        { CONCAT_FORMAT: "${Major Genre} / ${Creative Type}" },
        "Major Genre,Creative Type",
      ),
      task(
        "Arithmetic",
        "SUBTRACTION",
        ["Worldwide Gross", "Production Budget"],
        { MATH_OPERATION_FIELDS_ORDER: "Worldwide Gross,Production Budget" },
        "Worldwide Gross,Production Budget",
      ),
      map("Title", "title"),
      map("Director", "director"),
      map("IMDB Rating", "rating"),
      map("Major Genre,Creative Type", "genre"),
      map("Worldwide Gross,Production Budget", "profit"),
    ]),
  },
  {
    title: "Three million flights: Parquet to Parquet, a folder per airport of departure, files of about 1 MB",
    request: flow(
      "flights-by-origin",
      "flights-parquet/",
      "PARQUET",
      {
        fileType: "PARQUET",
        preserveSourceDataTyping: true,
        aggregationConfig: { aggregationType: "None", targetFileSize: 1 },
      },
      [
        task("Map_all", "NO_OP", [], { EXCLUDE_SOURCE_FIELDS_LIST: "[]" }),
        task("Partition", "NO_OP", ["origin"], { ORDERED_PARTITION_KEYS_LIST: '["origin"]' }),
      ],
    ),
  },
  {
    title: "Flights: several JSON files to JSON lines, a file for a file",
    request: flow(
      "flights-to-lines",
      "flights-json/",
      "JSON",
      { fileType: "JSON", aggregationConfig: { aggregationType: "None" } },
      [task("Map_all", "NO_OP", [], {})],
    ),
  },
  {
    title: "Flights: the JSON lines just written, to one aggregated file",
    request: flow(
      "flights-aggregated",
      "flights-to-lines/",
      "JSON",
      { fileType: "JSON", aggregationConfig: { aggregationType: "SingleFile" } },
      [task("Map_all", "NO_OP", [], {})],
      "demo-out",
    ),
  },
  {
    title: "Zip codes: CSV with broken lines, which go to the error folder with their reasons",
    request: flow(
      "zipcodes-with-errors",
      "zipcodes/",
      "CSV",
      { fileType: "JSON" },
      ["zip_code", "city", "state", "county"].map((field) => map(field, field)),
    ),
  },
];

function flow(
  flowName: string,
  bucketPrefix: string,
  fileType: "CSV" | "JSON" | "PARQUET",
  output: S3Output,
  tasks: Task[],
  bucketName = "demo-in",
): CreateFlowCommandInput {
  return {
    flowName,
    triggerConfig: { triggerType: "OnDemand" },
    sourceFlowConfig: {
      connectorType: "S3",
      // PARQUET is Millrace's own addition to the input types, which AppFlow's types do not know.
      sourceConnectorProperties: {
        S3: { bucketName, bucketPrefix, s3InputFormatConfig: { s3InputFileType: fileType as "CSV" | "JSON" } },
      },
    },
    destinationFlowConfigList: [
      {
        connectorType: "S3",
        destinationConnectorProperties: { S3: { bucketName: "demo-out", s3OutputFormatConfig: output } },
      },
    ],
    tasks,
  };
}

function task(
  taskType: Task["taskType"],
  operator: string,
  sourceFields: string[],
  taskProperties: Task["taskProperties"],
  destinationField?: string,
): Task {
  return {
    taskType,
    connectorOperator: { S3: operator as "NO_OP" },
    sourceFields,
    taskProperties,
    ...(destinationField !== undefined && { destinationField }),
  };
}

function map(source: string, target: string, type?: string): Task {
  return task("Map", "NO_OP", [source], type === undefined ? {} : { DESTINATION_DATA_TYPE: type }, target);
}
