import { describeCorpus } from "./drift-keys/corpus-suite.ts";

describeCorpus("forky");
