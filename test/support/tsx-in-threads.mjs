// `--import tsx` reaches the main thread only; this file, preloaded, runs in every thread.
import { register } from "tsx/esm/api"

register()
