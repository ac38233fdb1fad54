-- Sends the requests of a file in turn, and prints as JSON how that went.
-- After `--`: the file, and how many of its requests each client has for itself (0: all share all of them).

local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(arguments)
  local asked = dofile(arguments[1])
  local own = tonumber(arguments[2])
  local first = own == 0 and 1 or number * own + 1
  local last = own == 0 and #asked or first + own - 1
  formatted = {}
  for place = first, last do
    local one = asked[place]
    for name, value in pairs(one.headers) do wrk.headers[name] = value end
    formatted[#formatted + 1] = wrk.format("POST", one.path, nil, one.body)
  end
  sent = 0
end

function request()
  sent = sent + 1
  return formatted[(sent - 1) % #formatted + 1]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests": %d, "seconds": %f, "p50_ms": %f, "p99_ms": %f, "failures": %d}\n',
    summary.requests - errors.status, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout
  ))
end
