-- Answers the epoch of the rebuild that begins.
redis.call('UNLINK', ready, leases, held, built)
return redis.call('INCR', epoch)
