import { describeKeys } from "./drift-keys/key-suite.ts";

describeKeys("trixie", "homelab");
