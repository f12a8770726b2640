import type { DescribedField } from "./salesforce-data.ts";

const SYSTEM: readonly DescribedField[] = [
  { name: "Id", type: "id", length: 18, nillable: false, createable: false, updateable: false },
  { name: "IsDeleted", type: "boolean", nillable: false },
  { name: "CreatedDate", type: "datetime", nillable: false },
  { name: "SystemModstamp", type: "datetime", nillable: false },
];

const ADDRESS = "Street City State PostalCode Country StateCode CountryCode Latitude Longitude GeocodeAccuracy".split(
  " ",
);

/** An account as organizations have it, with a field of every type. */
export const ACCOUNT: readonly DescribedField[] = [
  ...SYSTEM,
  { name: "Name", type: "string", length: 255 },
  {
    name: "Type",
    type: "picklist",
    picklistValues: [picked("Customer - Direct"), picked("Prospect"), picked("Old", false)],
  },
  ...ADDRESS.map((part) => ({
    name: `Billing${part}`,
    type: part.endsWith("tude")
      ? "double"
      : part === "GeocodeAccuracy"
        ? "picklist"
        : part === "Street"
          ? "textarea"
          : "string",
    compoundFieldName: "BillingAddress",
  })),
  { name: "BillingAddress", type: "address", filterable: false },
  { name: "Website", type: "url", length: 255 },
  { name: "AnnualRevenue", type: "currency" },
  { name: "NumberOfEmployees", type: "int" },
  { name: "Description", type: "textarea", length: 32_000, filterable: false },
  { name: "OwnerId", type: "reference", length: 18 },
  { name: "LastActivityDate", type: "date" },
  { name: "Active__c", type: "boolean", nillable: false },
  { name: "Score__c", type: "double" },
  { name: "Share__c", type: "percent" },
  { name: "Formula__c", type: "double", calculated: true },
  { name: "Opens__c", type: "time" },
  { name: "Interests__c", type: "multipicklist", picklistValues: [picked("a"), picked("b")] },
  { name: "ExternalKey__c", type: "string", length: 20, externalId: true },
  { name: "Place__Latitude__s", type: "double", compoundFieldName: "Place__c" },
  { name: "Place__Longitude__s", type: "double", compoundFieldName: "Place__c" },
  { name: "Place__c", type: "location", filterable: false },
];

/** The least that an object has. */
export const PLAIN: readonly DescribedField[] = [...SYSTEM, { name: "Name", type: "string", length: 80 }];

function picked(value: string, active = true) {
  return { value, label: value, active };
}

/** The id of the record with that number; ids are in the order of numbers. */
export function idOf(prefix: string, n: number): string {
  return `${prefix}xx${String(n).padStart(10, "0")}AAA`;
}

/** An account that has something in every field, or in every other one. */
export function accountItem(n: number, at: number) {
  const time = new Date(Math.floor(at / 1000) * 1000).toISOString();
  const isRich = n % 2 === 0;
  return {
    Id: idOf("001", n),
    IsDeleted: false,
    CreatedDate: time,
    SystemModstamp: time,
    Name: `Name ${n} "quoted", O'Neil\\100%_é\u{1F600}`,
    Type: isRich ? "Customer - Direct" : null,
    BillingStreet: isRich ? `${n} Main St\nFloor 2` : null,
    BillingCity: isRich ? "Zürich" : null,
    BillingState: null,
    BillingPostalCode: isRich ? "08001" : null,
    BillingCountry: isRich ? "Switzerland" : null,
    BillingStateCode: null,
    BillingCountryCode: isRich ? "CH" : null,
    BillingLatitude: isRich ? 47.3769 : null,
    BillingLongitude: isRich ? -8.5417 : null,
    BillingGeocodeAccuracy: null,
    Website: `https://example.com/?a=${n}&b=c`,
    AnnualRevenue: isRich ? 350_000_000 + n / 4 : 0,
    NumberOfEmployees: isRich ? n : null,
    Description: isRich ? 'line one\r\nline "two", with a comma\ttab' : null,
    OwnerId: idOf("005", n % 3),
    LastActivityDate: isRich ? "2029-12-24" : null,
    Active__c: isRich,
    Score__c: isRich ? n + 0.1 : -12_345_678_901,
    Share__c: 12.5,
    Formula__c: n / 3,
    Opens__c: "10:15:00.000Z",
    Interests__c: "a;b",
    ExternalKey__c: `key-${n}`,
    Place__Latitude__s: isRich ? 1.5 : null,
    Place__Longitude__s: isRich ? 2.25 : null,
  };
}
