//! Linear support vector machines, one for each label against the rest: squared hinge loss, L2, found by L-BFGS.

use argmin::core::{CostFunction, Executor, Gradient, State};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::LBFGS;
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::features::Vector;

/// Steps at most; a boundary is found in some dozens.
const MOST_STEPS: u64 = 200;
/// The slope at which a boundary is good enough, as a share of that at the start.
const FLAT: f64 = 0.01;
/// Steps that are remembered to guess the curve.
const MEMORY: usize = 7;

/// The boundaries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Machine {
    labels: usize,
    /// For each dimension those of all labels, one after the other: a text asks for few dimensions of all labels.
    weights: Vec<f32>,
}

impl Machine {
    /// Finds the boundary of each label.
    ///
    /// # Errors
    /// [`Error::Numbers`].
    pub(crate) fn learn(
        vectors: &[Vector],
        classes: &[usize],
        labels: usize,
        dimensions: usize,
        cost: f64,
    ) -> Result<Self, Error> {
        let mut weights = vec![0.0; labels * dimensions];
        for label in 0..labels {
            let own = classes.iter().filter(|class| **class == label).count();
            // A label of few texts is not given up for the many of the others.
            let balance = number(vectors.len()) / (number(labels) * number(own.max(1)));
            let against =
                Against { vectors, sides: sides(classes, label), costs: (cost * balance, cost), dimensions };
            for (dimension, weight) in against.boundary()?.into_iter().enumerate() {
                weights[dimension * labels + label] = narrow(weight);
            }
        }
        Ok(Self { labels, weights })
    }

    /// Returns on which side of each label's boundary a text is, and how far from it.
    pub(crate) fn scores(&self, vector: &Vector) -> Vec<f64> {
        let mut scores = vec![0.0; self.labels];
        for (dimension, value) in &vector.0 {
            let start = usize::try_from(*dimension).unwrap_or_default() * self.labels;
            for (score, weight) in scores.iter_mut().zip(&self.weights[start..start + self.labels]) {
                *score += f64::from(*weight) * f64::from(*value);
            }
        }
        scores
    }
}

/// One label against the rest.
#[derive(Clone)]
struct Against<'a> {
    vectors: &'a [Vector],
    /// Of each text 1 where it has the label, else -1.
    sides: Vec<f64>,
    /// What a text on the wrong side costs: one that has the label, any other.
    costs: (f64, f64),
    dimensions: usize,
}

impl Against<'_> {
    fn boundary(&self) -> Result<Vec<f64>, Error> {
        let start = vec![0.0; self.dimensions];
        let slope = length(&self.slope(&start));
        if slope <= f64::EPSILON {
            return Ok(start);
        }
        let solver = LBFGS::new(MoreThuenteLineSearch::new(), MEMORY)
            .with_tolerance_grad(slope * FLAT)
            .map_err(numbers)?;
        let found = Executor::new(self.clone(), solver)
            .configure(|state| state.param(start).max_iters(MOST_STEPS))
            .timer(false)
            .run()
            .map_err(numbers)?;
        found.state.get_best_param().cloned().ok_or_else(|| Error::Numbers("no step was made".into()))
    }

    /// Tells of each text that is not far enough on its side how much it lacks, and what that costs.
    fn lacking<'b>(&'b self, weights: &'b [f64]) -> impl Iterator<Item = (&'b Vector, f64, f64)> + 'b {
        self.vectors.iter().zip(&self.sides).filter_map(|(vector, side)| {
            let score: f64 =
                vector.0.iter().map(|(place, value)| weights[index(*place)] * f64::from(*value)).sum();
            let lack = 1.0 - side * score;
            let cost = if *side > 0.0 { self.costs.0 } else { self.costs.1 };
            (lack > 0.0).then_some((vector, lack * side, cost))
        })
    }

    fn slope(&self, weights: &[f64]) -> Vec<f64> {
        let mut slope = weights.to_vec();
        for (vector, lack, cost) in self.lacking(weights) {
            let step = 2.0 * cost * lack;
            for (place, value) in &vector.0 {
                slope[index(*place)] -= step * f64::from(*value);
            }
        }
        slope
    }
}

impl CostFunction for Against<'_> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, weights: &Vec<f64>) -> Result<f64, argmin::core::Error> {
        let length: f64 = weights.iter().map(|weight| weight * weight).sum();
        Ok(length / 2.0 + self.lacking(weights).map(|(_, lack, cost)| cost * lack * lack).sum::<f64>())
    }
}

impl Gradient for Against<'_> {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, weights: &Vec<f64>) -> Result<Vec<f64>, argmin::core::Error> {
        Ok(self.slope(weights))
    }
}

fn sides(classes: &[usize], label: usize) -> Vec<f64> {
    classes.iter().map(|class| if *class == label { 1.0 } else { -1.0 }).collect()
}

fn length(vector: &[f64]) -> f64 {
    vector.iter().map(|number| number * number).sum::<f64>().sqrt()
}

fn index(place: u32) -> usize {
    usize::try_from(place).unwrap_or(usize::MAX)
}

fn number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

#[expect(clippy::cast_possible_truncation, reason = "a weight needs no more digits")]
fn narrow(weight: f64) -> f32 {
    weight as f32
}

#[expect(clippy::needless_pass_by_value, reason = "it stands where an error is mapped")]
fn numbers(error: argmin::core::Error) -> Error {
    Error::Numbers(error.to_string())
}
