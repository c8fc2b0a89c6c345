import { describeEvidence } from "./evidence/suite.ts";

describeEvidence("trixie");
