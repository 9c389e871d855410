// The entry `chainrule/doctor`: whether a device computes right. Apart from the main one, which a page that trains loads.

export {
  diagnose,
  type AdapterFacts,
  type DeviceDiagnosis,
  type DiagnoseOptions,
  type Diagnosis,
  type Host,
} from "./inspect/doctor.ts";
export { paritySuite, type SuiteReport, type SuiteRow } from "./inspect/parity_suite.ts";
export { printDiagnosis } from "./inspect/print_diagnosis.ts";
export { selfTest, type SelfTestReport, type SelfTestRow } from "./inspect/self_test.ts";
