import { app, byHand, type DriftCase, describeDrift } from "../support/flow-drift.ts";

const IMAGE = "docker.io/jellyfin/jellyfin:10.10.7";
const OTHER_IMAGE = "docker.io/jellyfin/jellyfin:10.10.6";

/** The container runs, and not as its service: that is worth a warning beside what differs. */
const warning = app("state");
const replace = (from: string, to: string) =>
  byHand(`words = words.map((word) => word.replace(${from}, ${to}));`);

const CASES: readonly DriftCase[] = [
  { title: "nothing but the maker", script: byHand(""), drift: app("made-from"), warning },
  { title: "another image", script: replace(`"${IMAGE}"`, `"${OTHER_IMAGE}"`), drift: app("image"), warning },
  {
    title: "another variable",
    script: replace("/^TZ=.*/", '"TZ=Asia/Tokyo"'),
    drift: app("environment"),
    warning,
  },
  {
    title: "one more variable",
    script: byHand('words.splice(2, 0, "--env", "DEBUG=1");'),
    drift: app("environment"),
    warning,
  },
  { title: "another label", script: replace("/^tier=.*/", '"tier=back"'), drift: app("labels"), warning },
  {
    title: "another command",
    script: byHand('words = words.map((word) => (word === "Healthy" ? "Hello" : word));'),
    drift: app("command"),
    warning,
  },
  {
    title: "another volume option",
    script: replace('"/srv:/srv:ro"', '"/srv:/srv"'),
    drift: app("volumes"),
    warning,
  },
  { title: "another user", script: replace("/^1000$/", '"0"'), drift: app("user"), warning },
  {
    title: "another device",
    script: replace('"/dev/fuse"', '"/dev/null:/dev/fuse"'),
    drift: app("devices"),
    warning,
  },
  {
    title: "another capability",
    script: byHand('words = words.map((word) => word.replace(/^(--cap-add=)?net_admin$/i, "$1net_raw"));'),
    drift: app("capabilities"),
    warning,
  },
  {
    title: "another health check",
    script: replace('"curl -f http"', '"curl -fs http"'),
    drift: app("health"),
    warning,
  },
  {
    title: "another published port",
    script: byHand('words = words.map((word) => word.replace("6400", "6401"));', "cache"),
    drift: ["cache.container ports"],
    warning: ["cache.container state"],
  },
  {
    title: "another Traefik rule",
    script: replace('"app.example.org"', '"stolen.example.org"'),
    drift: app("made-from"),
    warning: app("state", "traefik"),
  },
];

describeDrift("a container made by hand is reported exactly and replaced:", CASES);
