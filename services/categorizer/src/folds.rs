//! Texts are cut into parts, each label's evenly.

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

/// Returns the part of each text, 0 to `parts` - 1: of every label nearly as many in each.
pub(crate) fn stratified(classes: &[usize], parts: usize, seed: u64) -> Vec<usize> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut order: Vec<usize> = (0..classes.len()).collect();
    order.shuffle(&mut random);
    // Stable: within a label the texts stay shuffled.
    order.sort_by_key(|text| classes[*text]);
    let mut folds = vec![0; classes.len()];
    for (turn, text) in order.into_iter().enumerate() {
        folds[text] = turn % parts;
    }
    folds
}

#[cfg(test)]
mod tests {
    use super::stratified;

    #[test]
    fn every_label_is_spread_evenly_and_the_same_seed_cuts_the_same() {
        let classes: Vec<usize> = (0..100).map(|text| usize::from(text % 4 == 0)).collect();
        let folds = stratified(&classes, 5, 7);
        for part in 0..5 {
            let of = |class| (0..100).filter(|text| folds[*text] == part && classes[*text] == class).count();
            assert_eq!((of(0), of(1)), (15, 5));
        }
        assert_eq!(folds, stratified(&classes, 5, 7));
        assert_ne!(folds, stratified(&classes, 5, 8));
    }
}
