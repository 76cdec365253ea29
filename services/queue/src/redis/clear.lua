-- Answers the epoch of the rebuild that begins.
redis.call('UNLINK', ready, leases, places, holders, built)
return redis.call('INCR', epoch)
