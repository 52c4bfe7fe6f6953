//! The Merkle tree over the records (RFC 6962 section 2.1), kept as its right edge: O(log n) memory.

use sha2::{Digest as _, Sha256};

/// How many hashes a full tile holds (C2SP tlog-tiles).
pub const TILE_WIDTH: usize = 256;

/// A SHA-256 hash of a leaf or a node.
pub type Hash = [u8; 32];

/// The hash of a leaf: its prefix keeps it apart from every node.
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(entry).finalize().into()
}

fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new()
        .chain_update([1])
        .chain_update(left)
        .chain_update(right)
        .finalize()
        .into()
}

/// Consecutive hashes of one level: full with 256 of them, otherwise partial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    /// 0 for leaves; a hash of level `l` spans 256 to the power of `l` leaves.
    pub level: usize,
    /// The tile's number within its level.
    pub index: u64,
    /// The hashes.
    pub hashes: Vec<Hash>,
}

/// A tree that grows to the right.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    size: u64,
    /// By level, the hashes of its last tile. INVARIANT: fewer than 256 each.
    edge: Vec<Vec<Hash>>,
}

impl Tree {
    /// The tree over the leaves of the first `tiles` full tiles of level 0. `hashes(level, index)` reads a full tile;
    /// at most 255 of each level are read.
    ///
    /// # Errors
    /// Those of `hashes`.
    pub fn restore<E>(tiles: u64, mut hashes: impl FnMut(usize, u64) -> Result<Vec<Hash>, E>) -> Result<Self, E> {
        let width = TILE_WIDTH as u64;
        let mut edge = vec![Vec::new()];
        let mut below = tiles;
        while below > 0 {
            let level = edge.len() - 1;
            let first = below - below % width;
            let roots = (first..below).map(|index| Ok(perfect_root(&hashes(level, index)?)));
            edge.push(roots.collect::<Result<_, E>>()?);
            below /= width;
        }
        Ok(Self {
            size: tiles * width,
            edge,
        })
    }

    /// How many leaves it has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf. Returns the tiles that it completes, lowest level first: none, for 255 leaves of 256.
    pub fn push(&mut self, leaf: Hash) -> Vec<Tile> {
        let mut full = Vec::new();
        let mut hash = leaf;
        self.size += 1;
        let mut end = self.size;
        for level in 0.. {
            if level == self.edge.len() {
                self.edge.push(Vec::new());
            }
            let Some(hashes) = self.edge.get_mut(level) else { break };
            hashes.push(hash);
            if hashes.len() < TILE_WIDTH {
                break;
            }
            let hashes = std::mem::take(hashes);
            hash = perfect_root(&hashes);
            end /= TILE_WIDTH as u64;
            full.push(Tile {
                level,
                index: end - 1,
                hashes,
            });
        }
        full
    }

    /// The root over all leaves.
    #[must_use]
    pub fn root(&self) -> Hash {
        // The perfect subtrees from left to right, the largest first; RFC 6962 joins them from the right.
        let mut perfect = Vec::new();
        for hashes in self.edge.iter().rev() {
            let mut rest = hashes.as_slice();
            for width in (0..8).rev().map(|bit| 1usize << bit) {
                if let Some((chunk, tail)) = rest.split_at_checked(width) {
                    perfect.push(perfect_root(chunk));
                    rest = tail;
                }
            }
        }
        perfect
            .into_iter()
            .rev()
            .reduce(|right, left| node_hash(&left, &right))
            .unwrap_or_else(|| Sha256::digest([]).into())
    }

    /// The partial tiles of a tree of this size, lowest level first.
    #[must_use]
    pub fn partial_tiles(&self) -> Vec<Tile> {
        let mut span = self.size;
        let mut tiles = Vec::new();
        for (level, hashes) in self.edge.iter().enumerate() {
            span /= TILE_WIDTH as u64;
            if !hashes.is_empty() {
                tiles.push(Tile {
                    level,
                    index: span,
                    hashes: hashes.clone(),
                });
            }
        }
        tiles
    }
}

/// The root over a power of two of hashes.
fn perfect_root(hashes: &[Hash]) -> Hash {
    let mut row = hashes.to_vec();
    while row.len() > 1 {
        row = row
            .chunks(2)
            .map(|pair| match pair {
                [left, right] => node_hash(left, right),
                odd => odd.first().copied().unwrap_or_default(),
            })
            .collect();
    }
    row.first().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6962 section 2.1, word for word.
    fn reference(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Sha256::digest([]).into(),
            [one] => *one,
            many => {
                let split = many.len().next_power_of_two() / 2;
                node_hash(&reference(&many[..split]), &reference(&many[split..]))
            }
        }
    }

    fn leaf(index: u64) -> Hash {
        leaf_hash(&index.to_be_bytes())
    }

    #[test]
    fn roots_are_those_of_the_definition() {
        let mut tree = Tree::default();
        let mut leaves = Vec::new();
        for size in 0..1100u64 {
            if size < 300 || size % 97 == 0 || size % 256 < 2 {
                assert_eq!(tree.root(), reference(&leaves), "{size}");
            }
            tree.push(leaf(size));
            leaves.push(leaf(size));
        }
    }

    #[test]
    fn known_vectors() {
        // From the test data of certificate-transparency-go: the eight leaves, and the roots over the first n.
        let leaves = [
            "",
            "00",
            "10",
            "2021",
            "3031",
            "40414243",
            "5051525354555657",
            "606162636465666768696a6b6c6d6e6f",
        ];
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut tree = Tree::default();
        for (leaf, root) in leaves.iter().zip(roots) {
            let bytes: Vec<u8> = (0..leaf.len() / 2)
                .map(|i| u8::from_str_radix(&leaf[2 * i..2 * i + 2], 16).unwrap())
                .collect();
            tree.push(leaf_hash(&bytes));
            let hex: String = tree.root().iter().map(|b| format!("{b:02x}")).collect();
            assert_eq!(hex, root);
        }
    }

    #[test]
    fn tiles_of_a_tree_of_70000() {
        // The example of tlog-tiles, section Partial Tiles.
        let mut tree = Tree::default();
        let mut full = std::collections::HashMap::new();
        for index in 0..70_000 {
            for tile in tree.push(leaf(index)) {
                full.insert((tile.level, tile.index), tile.hashes);
            }
        }
        assert_eq!(full.keys().filter(|(level, _)| *level == 0).count(), 273);
        assert_eq!(full.keys().filter(|(level, _)| *level == 1).count(), 1);
        let partial: Vec<_> = tree
            .partial_tiles()
            .iter()
            .map(|t| (t.level, t.index, t.hashes.len()))
            .collect();
        assert_eq!(partial, [(0, 273, 112), (1, 1, 17), (2, 0, 1)]);

        let mut restored = Tree::restore(273, |level, index| full.get(&(level, index)).cloned().ok_or(())).unwrap();
        for index in 273 * 256..70_000 {
            restored.push(leaf(index));
        }
        assert_eq!((restored.size(), restored.root()), (tree.size(), tree.root()));
    }
}
