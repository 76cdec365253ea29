-- ARGV: holder, n, now, end of lease. Answers id, order, ...
local holder, n, now, ends = ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local returned = #expire(now)
local taken = redis.call('ZPOPMIN', ready, n)
-- As few calls as there can be; one takes some thousand values at most.
for first = 1, #taken, 1000 do
  local ending, holding = {}, {}
  for i = first, math.min(first + 999, #taken), 2 do
    local place = i - first + 1
    ending[place], ending[place + 1] = ends, taken[i]
    holding[place], holding[place + 1] = taken[i], taken[i + 1] .. ' ' .. holder
  end
  redis.call('ZADD', leases, unpack(ending))
  redis.call('HSET', held, unpack(holding))
end
wake(returned - #taken / 2)
return taken
