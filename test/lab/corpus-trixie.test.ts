import { describeCorpus } from "./drift-keys/corpus-suite.ts";

describeCorpus("trixie");
