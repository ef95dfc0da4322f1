// Events like those of playlists, drawn with faker-js: the same loop as events.py.  `simpleFaker` is what its guide
// recommends where nothing depends on a language, and rows are written ten thousand at a time.
// Run: node events.mjs ROWS FILE
import { simpleFaker } from '@faker-js/faker';
import fs from 'node:fs';

const TRACK = ['track_start', 'heartbeat', 'heartbeat', 'heartbeat', 'heartbeat', 'track_end'];
const LONGER = [...TRACK.slice(0, -1), 'heartbeat', 'track_end'];
const SESSION = [
  ...Array(3).fill('playlist_impression'), 'playlist_open',
  ...Array(12).fill(TRACK).flat(), ...Array(3).fill(LONGER).flat(),
  'track_saved', 'player_control', 'session_end',
];
const PLATFORMS = ['ios', 'android', 'desktop'];
const APPS = ['p6.2', 'p6.3'];
const MODELS = ['k3', 'k4'];
const VARIANTS = ['on', 'holdback'];
const DEVICES = ['computer', 'phone', 'speaker', 'car'];
const LISTS = ['daily_mix', 'discovery', 'focus', 'calm', 'party'];
const STYLES = ['pop', 'rock', 'hip_hop', 'electronic', 'classical', 'folk', 'children', 'holiday'];
const POPULARITIES = ['hit', 'middle', 'long_tail'];
const EXPERIENCES = ['personal', 'editorial'];
const TENURES = ['new', 'settled'];
const YES = ['yes', 'no'];
const ON = ['on', 'off'];
const PARTS = ['first_5_s', 'to_30_s', 'later', 'whole'];
const ENDS = ['skip', 'switched_device', 'crash', 'done'];
const OFFERS = ['because_you_played', 'new_for_you', 'mood'];
const SAVES = ['like', 'own_list'];
const CONTROLS = ['volume', 'pause', 'output'];
const CAUSES = ['closed', 'arrived', 'sleep_timer', 'lost_network', 'other'];
const FIRST = Date.UTC(2025, 11, 8);
const MINUTES = 35 * 24 * 60;
const BATCH = 10000;

const uuid = () => simpleFaker.string.uuid();
const integer = (min, max) => simpleFaker.number.int({ min, max });
const pick = (choices) => simpleFaker.helpers.arrayElement(choices);

function* events() {
  for (;;) {
    const user_id = 'u' + integer(0, 99999).toString(16).padStart(8, '0');
    const session_id = uuid();
    const platform = pick(PLATFORMS), app_version = pick(APPS), model_version = pick(MODELS), variant = pick(VARIANTS);
    const device = pick(DEVICES), tenure = pick(TENURES);
    const list = uuid(), list_kind = pick(LISTS), replay = pick(YES);
    let interaction_id = list, track = 0, style = '', popularity = '';
    let moment = FIRST + 60000 * integer(0, MINUTES);
    for (let seq = 0; seq < SESSION.length; seq++) {
      const event = SESSION[seq];
      moment += integer(500, 59500);
      if (event === 'track_start') {
        interaction_id = uuid();
        track = integer(0, 4999);
        style = pick(STYLES);
        popularity = pick(POPULARITIES);
      }
      const row = {
        event_id: uuid(), event, ts: new Date(moment), received_at: new Date(moment + integer(20, 3000)), user_id,
        session_id, interaction_id, seq, platform, app_version, model_version, variant, sample_rate: 1,
      };
      if (event === 'heartbeat') {
        row.track = track;
      } else if (event === 'track_start') {
        Object.assign(row, {
          list, list_kind, device, track, position_in_list: integer(0, 29), style, popularity,
          experience: pick(EXPERIENCES), tenure, replay, shuffle: pick(ON), score: integer(0, 100) / 100,
        });
      } else if (event === 'track_end') {
        Object.assign(row, {
          list, list_kind, device, reason: pick(ENDS), track, style, popularity, tenure, replay, part: pick(PARTS),
          played_ms: integer(0, 300000), length_ms: integer(120000, 300000),
        });
      } else if (event === 'playlist_impression') {
        Object.assign(row, {
          list, list_kind, slot: integer(0, 9), overlap: integer(0, 100) / 100, device, reason: pick(OFFERS),
        });
      } else if (event === 'playlist_open') {
        Object.assign(row, { list, list_kind, slot: integer(0, 9), load_ms: integer(50, 900) });
      } else if (event === 'track_saved') {
        Object.assign(row, { track, style, how: pick(SAVES) });
      } else if (event === 'player_control') {
        Object.assign(row, { device, what: pick(CONTROLS) });
      } else {
        Object.assign(row, { device, cause: pick(CAUSES), length_min: integer(0, 900) / 10 });
      }
      yield row;
    }
  }
}

const [count, file] = [Number(process.argv[2]), process.argv[3]];
simpleFaker.seed(1);
const out = fs.openSync(file, 'w');
const rows = events();
for (let done = 0; done < count; ) {
  const lines = [];
  for (; lines.length < BATCH && done < count; done++) lines.push(JSON.stringify(rows.next().value));
  fs.writeSync(out, lines.join('\n') + '\n');
}
fs.closeSync(out);
