-- wrk's side of the track benchmark. Arguments: a file with one path a line, which are asked for in turn.
dofile(debug.getinfo(1, 'S').source:match('^@(.*/)') .. 'done.lua')

local paths = {}
local number = 0

function init(args)
  for line in io.lines(args[1]) do
    paths[#paths + 1] = wrk.format('GET', line, { ['User-Agent'] = 'Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.0.0' })
  end
end

function request()
  number = number % #paths + 1
  return paths[number]
end
