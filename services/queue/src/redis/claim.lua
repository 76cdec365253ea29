-- ARGV: holder, n, now, end of lease. Answers id, order, ...
local holder, n, now, ends = ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local returned = #expire(now)
local taken = redis.call('ZPOPMIN', ready, n)
for i = 1, #taken, 2 do
  hold(taken[i], taken[i + 1], holder, ends)
end
wake(returned - #taken / 2)
return taken
